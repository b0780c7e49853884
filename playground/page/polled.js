import { useEffect, useRef, useState } from "./lib.js";

const POLL_MS = 1000;

/** [value, again]. Asks again every second while it is shown; most of what happens backstage makes no news. */
export function usePolled(load) {
  const [value, setValue] = useState(null);
  const again = useRef(() => {});
  useEffect(() => {
    let gone = false;
    let timer = null;
    const round = async () => {
      clearTimeout(timer);
      try {
        const next = await load();
        if (!gone && next !== undefined) setValue(next);
      } catch {
        // the server is away; the dot in the sidebar says so
      }
      if (!gone) timer = setTimeout(round, POLL_MS);
    };
    again.current = round;
    round();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  return [value, () => again.current()];
}
