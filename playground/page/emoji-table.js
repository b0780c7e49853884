// Slack's own shortcodes for the emoji people use at work: "character name/alias name …", by section of the
// picker. The whole set would be ten times as long, and the picker slower to read.
export const SECTIONS = [
  ["Smileys", `
    😀 grinning 😃 smiley 😄 smile 😁 grin 😆 laughing/satisfied 😅 sweat_smile
    🤣 rolling_on_the_floor_laughing 😂 joy 🙂 slightly_smiling_face 🙃 upside_down_face 😉 wink 😊 blush
    😇 innocent 😍 heart_eyes 🤩 star-struck 😘 kissing_heart 😋 yum 😜 stuck_out_tongue_winking_eye
    🤪 zany_face 🤗 hugging_face 🤭 face_with_hand_over_mouth 🤫 shushing_face 🤔 thinking_face
    🤐 zipper_mouth_face 🤨 face_with_raised_eyebrow 😐 neutral_face 😑 expressionless 😶 no_mouth 😏 smirk
    😒 unamused 🙄 face_with_rolling_eyes 😬 grimacing 😌 relieved 😔 pensive 😪 sleepy 😴 sleeping 😷 mask
    🤒 face_with_thermometer 🤢 nauseated_face 🤧 sneezing_face 🥵 hot_face 🥶 cold_face 😵 dizzy_face
    🤯 exploding_head 🥳 partying_face 😎 sunglasses 🤓 nerd_face 🧐 face_with_monocle 😕 confused
    😟 worried 🙁 slightly_frowning_face 😮 open_mouth 😯 hushed 😲 astonished 😳 flushed 🥺 pleading_face
    😨 fearful 😰 cold_sweat 😥 disappointed_relieved 😢 cry 😭 sob 😱 scream 😣 persevere 😞 disappointed
    😓 sweat 😩 weary 😫 tired_face 🥱 yawning_face 😤 triumph 😡 rage 😠 angry
    🤬 face_with_symbols_on_mouth 💀 skull 💩 hankey/poop/shit 🤡 clown_face 👻 ghost 👽 alien 🤖 robot_face
    🙈 see_no_evil 🙉 hear_no_evil 🙊 speak_no_evil
  `],
  ["People", `
    👋 wave ✋ raised_hand/hand 👌 ok_hand ✌️ v 🤞 crossed_fingers 👈 point_left 👉 point_right 👆 point_up_2
    👇 point_down ☝️ point_up 👍 +1/thumbsup 👎 -1/thumbsdown ✊ fist 👊 facepunch/punch 👏 clap
    🙌 raised_hands 👐 open_hands 🙏 pray 🤝 handshake 💪 muscle ✍️ writing_hand 👀 eyes 👁️ eye 🧠 brain
    👤 bust_in_silhouette 👥 busts_in_silhouette 💬 speech_balloon 💭 thought_balloon 💤 zzz 🤷 shrug
    🤦 face_palm 🙋‍♀️ raising_hand/woman-raising-hand 🙅‍♀️ no_good/woman-gesturing-no
    🙆‍♀️ ok_woman/woman-gesturing-ok 🙇 bow 🧑‍💻 technologist 🧑‍🚒 firefighter
    🕵️‍♂️ male-detective/sleuth_or_spy 👷‍♂️ construction_worker/male-construction-worker
    🧑‍⚕️ health_worker 🏃‍♂️ runner/man-running/running
  `],
  ["Hearts", `
    ❤️ heart 🧡 orange_heart 💛 yellow_heart 💚 green_heart 💙 blue_heart 💜 purple_heart 🖤 black_heart
    💔 broken_heart 💯 100 💥 boom/collision ✨ sparkles ⭐ star 🌟 star2 💫 dizzy
  `],
  ["Nature", `
    🐶 dog 🐱 cat 🦊 fox_face 🐻 bear 🐼 panda_face 🐢 turtle 🐙 octopus 🐌 snail 🐛 bug 🐝 bee/honeybee
    🐞 ladybug/lady_beetle 🕷️ spider 🐳 whale 🐧 penguin 🦉 owl 🦄 unicorn_face 🌵 cactus 🌲 evergreen_tree
    🌿 herb 🍀 four_leaf_clover 🍁 maple_leaf 🍄 mushroom 🌍 earth_africa ☀️ sunny ⛅ partly_sunny ☁️ cloud
    🌧️ rain_cloud ⛈️ thunder_cloud_and_rain 🌩️ lightning/lightning_cloud ⚡ zap ❄️ snowflake 🔥 fire
    💧 droplet 🌊 ocean 🌈 rainbow 🌙 crescent_moon
  `],
  ["Food", `
    ☕ coffee 🍵 tea 🍺 beer 🍕 pizza 🍔 hamburger 🍩 doughnut 🍪 cookie 🍰 cake 🍿 popcorn 🍎 apple
    🍌 banana 🥑 avocado 🌶️ hot_pepper 🍞 bread
  `],
  ["Things", `
    🚨 rotating_light 🚒 fire_engine 🚑 ambulance 🚓 police_car 🚁 helicopter 🚀 rocket ✈️ airplane
    🚗 car/red_car 🚲 bike 🚢 ship ⚓ anchor 🚧 construction ⛽ fuelpump 🚦 vertical_traffic_light
    🚥 traffic_light 🛑 octagonal_sign 🛰️ satellite 📡 satellite_antenna 📱 iphone 💻 computer
    🖥️ desktop_computer ⌨️ keyboard 🖨️ printer 💾 floppy_disk 💿 cd 📷 camera 📺 tv 📞 telephone_receiver
    ☎️ phone/telephone 📟 pager 🔋 battery 🔌 electric_plug 💡 bulb 🔦 flashlight 🕯️ candle 🗑️ wastebasket
    🔨 hammer 🔧 wrench 🛠️ hammer_and_wrench ⚙️ gear 🔩 nut_and_bolt 🧰 toolbox 🧲 magnet 🔗 link ⛓️ chains
    ⚖️ scales 🔬 microscope 🔭 telescope 🧪 test_tube 💊 pill 🩹 adhesive_bandage 🚪 door 🔑 key 🗝️ old_key
    🔒 lock 🔓 unlock 🔐 closed_lock_with_key 🛡️ shield 🧯 fire_extinguisher 📦 package 📫 mailbox
    ✉️ email/envelope ✉️ envelope/email 📩 envelope_with_arrow 📨 incoming_envelope 📥 inbox_tray
    📤 outbox_tray 🏷️ label 🔖 bookmark 📑 bookmark_tabs 📝 memo/pencil ✏️ pencil2 📓 notebook
    📖 book/open_book 📚 books 📰 newspaper 📄 page_facing_up 📃 page_with_curl 📜 scroll 📋 clipboard
    🗓️ spiral_calendar_pad 📆 calendar 📅 date 🗂️ card_index_dividers 📁 file_folder 📂 open_file_folder
    🗄️ file_cabinet 📊 bar_chart 📈 chart_with_upwards_trend 📉 chart_with_downwards_trend 📌 pushpin
    📍 round_pushpin 📎 paperclip 📏 straight_ruler ✂️ scissors 🔍 mag 🔎 mag_right 🔔 bell 🔕 no_bell
    📢 loudspeaker 📣 mega 🔈 speaker 🔇 mute ⏰ alarm_clock ⏱️ stopwatch ⏲️ timer_clock 🕐 clock1 ⌚ watch
    ⌛ hourglass ⏳ hourglass_flowing_sand 🏆 trophy 🎖️ medal 🏅 sports_medal 🎯 dart 🧩 jigsaw 🎲 game_die
    🎨 art 🖼️ frame_with_picture 🎤 microphone 🎧 headphones 🎸 guitar 🎁 gift 🎉 tada 🎊 confetti_ball 🎈 balloon 🎫 ticket
    👑 crown 💎 gem 💰 moneybag 💳 credit_card 🗳️ ballot_box_with_ballot 🏗️ building_construction 🏠 house
    🏢 office 🏭 factory 🏥 hospital 🏦 bank 🗺️ world_map 🧭 compass
  `],
  ["Symbols", `
    ✅ white_check_mark ✔️ heavy_check_mark ☑️ ballot_box_with_check ❌ x ❎ negative_squared_cross_mark
    ➕ heavy_plus_sign ➖ heavy_minus_sign ❓ question ❔ grey_question ❗ exclamation/heavy_exclamation_mark
    ❕ grey_exclamation ‼️ bangbang ⚠️ warning ⛔ no_entry 🚫 no_entry_sign ℹ️ information_source 🆘 sos
    🆕 new 🆙 up 🆗 ok 🆓 free ♻️ recycle ♾️ infinity ⬆️ arrow_up ⬇️ arrow_down ⬅️ arrow_left ➡️ arrow_right
    ↗️ arrow_upper_right ↘️ arrow_lower_right ↔️ left_right_arrow ↕️ arrow_up_down
    ↩️ leftwards_arrow_with_hook ↪️ arrow_right_hook 🔀 twisted_rightwards_arrows 🔄 arrows_counterclockwise
    🔃 arrows_clockwise 🔁 repeat ⏩ fast_forward ⏪ rewind ▶️ arrow_forward ⏸️ double_vertical_bar
    ⏹️ black_square_for_stop ⏺️ black_circle_for_record ⏏️ eject 🔘 radio_button 🔴 red_circle
    🟠 large_orange_circle 🟡 large_yellow_circle 🟢 large_green_circle 🔵 large_blue_circle
    🟣 large_purple_circle 🟤 large_brown_circle ⚫ black_circle ⚪ white_circle 🟥 large_red_square
    🟧 large_orange_square 🟨 large_yellow_square 🟩 large_green_square 🟦 large_blue_square
    🟪 large_purple_square ⬛ black_large_square ⬜ white_large_square 🔺 small_red_triangle
    🔻 small_red_triangle_down 🔸 small_orange_diamond 🔹 small_blue_diamond 🔶 large_orange_diamond
    🔷 large_blue_diamond 1️⃣ one 2️⃣ two 3️⃣ three 4️⃣ four 5️⃣ five 6️⃣ six 7️⃣ seven 8️⃣ eight 9️⃣ nine
    🔟 keycap_ten 0️⃣ zero #️⃣ hash 🏁 checkered_flag 🚩 triangular_flag_on_post 🏳️ waving_white_flag
    🏴 waving_black_flag 🔰 beginner ©️ copyright ™️ tm
  `],
];
