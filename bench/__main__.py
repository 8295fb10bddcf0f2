"""All benches, one after the other: `make bench`."""

from bench import telegram, ticks, turns, users

for title, part in (
    ("One turn", turns),
    ("Many users", users),
    ("Many reminders", ticks),
    ("The whole Telegram path", telegram),
):
    print(f"\n{title}\n")
    part.main()
