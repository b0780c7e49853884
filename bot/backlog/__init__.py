"""What is to be done some day: made by people, by incidents, by alerts and from the review of alerts."""
