"""What one message says: the signs that it raises, asks about, and tells of others or the past."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.dialogue import Dialogue
from bot.core.understand.reader import Heard, Reader
from bot.core.understand.scope import Scope

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def reader(dialogue: Dialogue) -> Reader:
    return dialogue.context.reader


def flags(heard: tuple[Heard, ...]) -> set[str]:
    return {entry.flag for entry in heard}


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        (
            "Neither leg will hold me up this morning, they just buckle.",
            {"bilateral_leg_symptoms", "weakness_leg"},
        ),
        ("I was pee in my pants today, i not feel it", {"bladder_leak", "bladder_retention"}),
        (
            "the tap's stuck shut if you get my drift, stood at the urinal for ages, nada",
            {"bladder_retention"},
        ),
        (
            (
                "I sat on the loo for twenty minutes before anything came. Never had that "
                "before. Back's in bits."
            ),
            {"bladder_retention"},
        ),
        ("soiled myself twice tdy", {"bowel_incontinence"}),
        (
            "fell off the porch steps, been lying here an hour, cant walk",
            {"cannot_stand_after_fall", "trauma"},
        ),
        (
            "Erection is gone since one month, came the same time like the sciatica",
            {"duration_over_2_weeks", "sexual_dysfunction"},
        ),
        ("two and a half months of this back!!", {"duration_over_2_weeks"}),
        ("I've had this back ache since the spring", {"duration_over_2_weeks"}),
        ("it has been 24 days now, same pain, not better not worse", {"duration_over_2_weeks"}),
        (
            "still on the needle, not proud. Temp of 39 and a deep ache mid back",
            {"fever_or_infection", "injected_drugs_or_no_spleen", "iv_drug_or_immunosuppressed"},
        ),
        ("throwing up blood since this morning", {"gut_bleeding"}),
        (
            "they took my spleen out after a crash years ago, back hurts today",
            {"injected_drugs_or_no_spleen", "iv_drug_or_immunosuppressed"},
        ),
        (
            "They're watching an aneurysm in my belly, 4.8 cm. Today my back started hurting.",
            {"known_aneurysm"},
        ),
        ("When I lie down it gets worse and worse until I have to get up", {"night_or_rest_pain"}),
        (
            (
                "compression fracture two years ago from coughing, and now the same sudden "
                "pain in my spine"
            ),
            {"osteoporosis_or_steroids", "thin_bones_sudden_pain"},
        ),
        ("my bone scan came back as osteoporosis last year", {"osteoporosis_or_steroids"}),
        ("they did a spinal tap on me two weeks back", {"recent_spinal_surgery"}),
        (
            "Had a lumbar puncture on Friday, head's okay but my lower back is awful.",
            {"recent_spinal_surgery"},
        ),
        (
            "dont see the point carrying on anymore, back's the last straw tbh",
            {"suicidal_or_crisis"},
        ),
        (
            (
                "Ex forces. Hip flask's empty and my head is full of ways to end it. This "
                "back has finished me"
            ),
            {"suicidal_or_crisis"},
        ),
        ("my upper back is in spasm, about bra strap level", {"thoracic_pain"}),
        (
            "Tripped over the hoover cable and came down on my bum. Back's been agony since.",
            {"trauma", "trauma_severe"},
        ),
        (
            "my leg is getting weaker day by day",
            {"weakness_fast", "weakness_leg", "worsening_progressive"},
        ),
    ],
)
def test_these_signs_and_no_others_are_raised(reader: Reader, text: str, raised: set[str]) -> None:
    assert flags(reader.read(text, TODAY).raised) == raised


@pytest.mark.parametrize(
    "text",
    [
        "start again please",
        "my dad takes warfarin",
        "bloody hell my back hurts",
        "no blood in my poo, nothing",
        "my fingers tingle when i type",
        "had shingles in 2019, gone now",
        "black poo, it is the iron tablets",
        "What would it mean if my legs went numb?",
        "started two days ago after raking leaves",
        "it is not spreading, same spot as last week",
        "fell off a wall when i was nine, long healed",
        "mum has osteoporosis and i hurt my back lifting her",
        "an uncle had that climbing paralysis thing in the eighties",
        "Me nan's legs gave way, not mine, I done me back catchin her",
        "Pregnant? No. Cancer? No. Fever? No. Stiff back from the sofa? Yes.",
        "back spasm again, third this year, always after heavy lifting at work",
        "No chest pain or breathlessness, just a really tight middle back since swimming",
        "It's been exactly two weeks since I last had a massage and my back went again today",
        ("Exactly two weeks ago I bent for the shoe and it caught. It becomes better every day."),
        (
            "Is it true a bad back plus fever is serious? Haven't got one, took it "
            "twice, just nosy."
        ),
        (
            "My nan has brittle bones and worries for me, but I'm 25 and pulled a "
            "muscle at football"
        ),
        (
            "My lad's been sick all night, throwing up, and I've been bending over him."
            " Back's done in."
        ),
        (
            "Had an appendix scar infection in 2009. Nothing since. Back is stiff after"
            " a day's fishing."
        ),
        (
            "My son has tonsillitis and a fever of 39, I've carried him round all night"
            " and now my back hurts"
        ),
        (
            "It is possible that the pain go to the legs? I am afraid. For now is only "
            "in the back, from yesterday."
        ),
        (
            "My daughter has a temperature and I've been sitting on the floor by her "
            "bed all night. Now my back's gone."
        ),
    ],
)
def test_nothing_is_raised(reader: Reader, text: str) -> None:
    assert not reader.read(text, TODAY).raised


@pytest.mark.parametrize(
    "text",
    [
        "my poo is normal",
        "no blood in my poo, nothing",
        "stiff for two minutes then fine",
        "What would it mean if my legs went numb?",
        "put an ice pack on my leg so its cold now",
        "it is not spreading, same spot as last week",
        "low back cramps every month right before my period",
        "mum has osteoporosis and i hurt my back lifting her",
        "I crash tested the new mattress and now my back's stiff",
        "My back feels crooked after sleeping in the car. Any tips?",
        "No chest pain, no trouble breathing, stomach ok, just can't bend.",
        "they took my spleen out after a crash years ago, back hurts today",
        "No chest pain or breathlessness, just a really tight middle back since swimming",
        (
            "Chest is grand, breathing's grand, ticker's grand, it's only the auld back"
            " that's at me"
        ),
        (
            "My lad's been sick all night, throwing up, and I've been bending over him."
            " Back's done in."
        ),
        (
            "I had a lumbar puncture when I was 12 for meningitis. I'm 40 now. Back "
            "spasm from shovelling."
        ),
        (
            "Years ago I was in a real dark place. These days life's great, I only want"
            " to fix a tight back."
        ),
        (
            "I'd had kidney infections as a girl, so I asked for a urine test: clear. "
            "It's a muscle, they say."
        ),
        (
            "Had kidney stones in 2021, worst pain of my life. This is nothing like "
            "that, just stiff after golf."
        ),
        (
            "I was in a car accident three years ago, whiplash, it got better. This is "
            "lower down, from lifting."
        ),
        (
            "Had a bladder infection in the spring, antibiotics sorted it. It's just my"
            " back now, from planting a hedge."
        ),
    ],
)
def test_nothing_is_asked(reader: Reader, text: str) -> None:
    assert not reader.read(text, TODAY).asks


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("what if I want to die", ("suicidal_or_crisis",)),
        ("years ago I wanted to die", ("suicidal_or_crisis",)),
        ("I wanted to die last year", ("suicidal_or_crisis",)),
        ("a fall last year", ("trauma", "duration_over_2_weeks")),
        ("I leaked last year. my foot was numb last month", ("bladder_leak",)),
        (
            "lost weight last year, and my legs were numb last month and leaked last year",
            ("bilateral_leg_symptoms", "bladder_leak", "weight_loss", "numbness_leg"),
        ),
        ("my foot. numb", ("numbness_leg",)),
        ("14 days of back ache", ("duration_over_2_weeks",)),
        ("13 days of back ache", ()),
        ("not incontinent but I leak", ("bladder_leak",)),
        ("my leg is numb", ()),
        ("my wife wants to die", ()),
        ("what if I fall off a ladder", ()),
    ],
)
def test_what_is_doubtful_is_asked_the_most_urgent_first(
    reader: Reader, text: str, asks: tuple[str, ...]
) -> None:
    assert reader.read(text, TODAY).asks == asks


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("my dad takes warfarin", {"blood_thinners"}),
        ("mum has osteoporosis and i hurt my back lifting her", {"osteoporosis_or_steroids"}),
        ("my wife wants to die", {"suicidal_or_crisis"}),
        ("my leg is numb", set()),
    ],
)
def test_what_another_person_has_is_known_as_theirs(
    reader: Reader, text: str, others: set[str]
) -> None:
    assert flags(reader.read(text, TODAY).others) == others


@pytest.mark.parametrize(
    ("text", "past"),
    [
        ("had a melanoma cut out a few years back, new back pain now", {"cancer_history"}),
        (
            (
                "melanoma came off my shoulder few year ago, back's locked up now after "
                "shifting a wardrobe"
            ),
            {"cancer_history"},
        ),
        ("my bone scan came back as osteoporosis last year", {"osteoporosis_or_steroids"}),
        ("fell off a wall when i was nine, long healed", {"trauma"}),
        ("I had cancer in 2018", {"cancer_history"}),
        ("years ago I wanted to die", {"suicidal_or_crisis"}),
        ("my leg is numb", set()),
    ],
)
def test_what_is_past_is_known_as_past(reader: Reader, text: str, past: set[str]) -> None:
    assert set(reader.read(text, TODAY).past) == past


@pytest.mark.parametrize(
    ("text", "denied", "what_if"),
    [
        ("no blood in my poo, nothing", {"bleeding"}, set()),
        ("no new pain in my fused part", {"fused_spine"}, set()),
        (
            (
                "What I should do if one day I cannot hold my pee? Now all is working fine,"
                " I just ask."
            ),
            set(),
            {"bladder_leak", "bladder_retention"},
        ),
        ("what if I want to die", set(), {"suicidal_or_crisis"}),
        ("my leg is numb", set(), set()),
    ],
)
def test_what_is_denied_or_only_supposed_is_known_as_such(
    reader: Reader, text: str, denied: set[str], what_if: set[str]
) -> None:
    reading = reader.read(text, TODAY)
    assert set(reading.denied) == denied
    assert set(reading.what_if) == what_if


# -- what is kept of a message -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("hello there. my left leg is numb now", ("numbness_leg", "leg is numb", ("left",))),
        ("my left leg is numb. right leg fine", ("numbness_leg", "leg is numb", ("left",))),
        ("left leg numb, right one fine", ("numbness_leg", "leg numb", ("left",))),
        ("right leg is weak", ("weakness_leg", "leg is weak", ("right",))),
        ("feel numb, my leg", ("numbness_leg", "numb , my leg", ())),
        (
            "my leg was numb last year. My foot is numb now",
            ("numbness_leg", "foot is numb", ()),
        ),
    ],
)
def test_the_words_and_the_sides_of_a_sign_are_kept(
    reader: Reader, text: str, heard: tuple[str, str, tuple[str, ...]]
) -> None:
    (entry,) = reader.read(text, TODAY).raised
    assert (entry.flag, entry.words, entry.sides) == heard
    assert entry.scope is Scope.OWN


def test_a_sign_that_no_side_matters_to_has_none(reader: Reader) -> None:
    (entry,) = reader.read("I had cancer in 2018, and my left leg hurts", TODAY).raised
    assert entry.flag == "cancer_history"
    assert entry.scope is Scope.LONG_PAST
    assert entry.sides == ()


def test_wishes_and_lengths_are_read_in_the_same_message(reader: Reader) -> None:
    reading = reader.read("hello, my back hurts, since Monday, for 3 weeks", TODAY)
    assert reading.intents == {"greeting", "back", "hurts"}
    assert [(length.least, length.most) for length in reading.lengths] == [(5, 5), (21, 21)]


def test_a_date_is_placed_only_when_today_is_known(reader: Reader) -> None:
    (since,) = reader.lengths("since March", TODAY)
    assert (since.least, since.most, since.start, since.end) == (235, 265, 0, 2)
    assert reader.lengths("since March") == []
    assert [length.most for length in reader.lengths("2 days, then 3 months")] == [2, 90]


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("no numbness, bladder fine", True),
        ("no tingling", True),
        ("no fever", True),
        ("no pain, numb toes", True),
        ("my leg is numb", False),
        ("leg numb, no wonder", False),
        ("no, tingling", False),
        ("no", False),
        ("nothing", False),
    ],
)
def test_a_sign_is_denied_by_a_no_directly_before_it(
    reader: Reader, text: str, *, denies: bool
) -> None:
    assert reader.denies_a_sign(text) is denies


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("in 2009", {"past", "long_past"}),
        ("what if", {"what_if"}),
        ("no numb toes", {"denial_of_noun"}),
        ("my mum has it", {"other_people", "self_again"}),
        ("hello", set()),
    ],
)
def test_the_marks_of_a_text_are_named(reader: Reader, text: str, marks: set[str]) -> None:
    assert reader.marks_in(text) == marks


@pytest.mark.parametrize(
    ("text", "about", "scopes"),
    [
        ("fuzzy toes", ["numbness_leg"], {Scope.OWN}),
        ("my mum has fuzzy toes", ["numbness_leg"], {Scope.OTHER}),
        ("fuzzy toes last year", ["numbness_leg"], {Scope.PAST}),
        ("no tingling", ["numbness_leg"], {Scope.DENIED}),
        ("steroids in 2009", ["osteoporosis_or_steroids"], {Scope.LONG_PAST}),
        ("what if I get a fever", ["fever_or_infection"], {Scope.WHAT_IF}),
        ("fever", ["numbness_leg"], set()),
        ("fever", ["no_such_flag"], set()),
        ("since March", ["duration_over_2_weeks"], {Scope.OWN}),
        ("fever today, no tingling", ["fever_or_infection"], {Scope.OWN}),
        (
            "fever today, no tingling",
            ["fever_or_infection", "numbness_leg"],
            {Scope.OWN, Scope.DENIED},
        ),
    ],
)
def test_how_a_text_means_what_it_says_on_the_topic_of_a_question(
    reader: Reader, text: str, about: list[str], scopes: set[Scope]
) -> None:
    assert reader.scopes_about(text, about, TODAY) == scopes


@pytest.mark.parametrize(
    ("text", "sides"),
    [("the right leg", ("right",)), ("my left foot", ("left",)), ("neither", ()), ("", ())],
)
def test_the_side_of_a_leg_is_read(reader: Reader, text: str, sides: tuple[str, ...]) -> None:
    assert reader.sides_in(text) == sides


def test_words_are_given_in_full_with_their_marks(reader: Reader) -> None:
    assert reader.words_of("I can't feel it, ok") == ["i", "cannot", "feel", "it", ",", "ok"]
