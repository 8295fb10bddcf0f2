"""What people type to a sign's own question, and what it means there.

The first column names the question by the label of its signs, as in the labelled answers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge
from bot.core.understand.answers import Said
from bot.core.understand.meaning import Meaning

TODAY = date(2026, 11, 21)
Answered = Callable[[str, str], Said]


@pytest.fixture(scope="module")
def answered(dialogue: Dialogue, knowledge: Knowledge) -> Answered:
    """What a text means as the answer to the question about the signs of these labels."""

    def said(labels: str, text: str) -> Said:
        about = [flag.id for flag in knowledge.flags if (flag.label or flag.id) in labels.split()]
        return dialogue.context.answers.meaning(text, about, TODAY)

    return said


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("abdominal_pulsating_or_tearing", "no pulsing, tearing yes"),
        ("bilateral_leg_symptoms", "both"),
        ("bilateral_leg_symptoms", "left and right yes"),
        ("bilateral_leg_symptoms", "not just one"),
        ("bilateral_leg_symptoms", "used to be one now both"),
        ("bladder_retention_or_incontinence", "a bit of a delay"),
        ("bladder_retention_or_incontinence", "it leaks a bit now and then no"),
        ("bladder_retention_or_incontinence", "my wife noticed i smell"),
        ("bladder_retention_or_incontinence", "stream is not as strong"),
        ("bladder_retention_or_incontinence", "yes leaked twice"),
        ("bladder_retention_or_incontinence bowel_incontinence", "bladder, not the other"),
        ("bladder_retention_or_incontinence bowel_incontinence", "i'd say 90% control"),
        ("bladder_retention_or_incontinence bowel_incontinence", "just with water"),
        ("bladder_retention_or_incontinence bowel_incontinence", "pee no poo yes"),
        ("bladder_retention_or_incontinence bowel_incontinence", "ya it changed"),
        ("blood_thinners", "warfarin for my heart"),
        ("bowel_incontinence", "my daughter has to help me"),
        ("bowel_incontinence", "my husband noticed the smell before i did"),
        ("cancer_history", "lymphoma"),
        ("cancer_history", "that was in 2015"),
        ("cancer_history", "years ago"),
        ("cough_worse", "sneezing makes me jump"),
        ("duration_over_2_weeks", "23 days"),
        ("duration_over_2_weeks", "a good while"),
        ("duration_over_2_weeks", "no wait, longer, 5 weeks"),
        ("duration_over_2_weeks", "way longer"),
        ("duration_over_2_weeks", "yes"),
        ("fever_or_infection", "100"),
        ("fever_or_infection", "38,5"),
        ("fever_or_infection", "43"),
        ("fever_or_infection", "it was 39 last night"),
        ("fever_or_infection", "yes 38.5 last night"),
        ("fever_or_infection weight_loss", "both actually"),
        ("iv_drug_or_immunosuppressed", "methotrexate"),
        ("night_or_rest_pain", "i lie awake with it"),
        ("night_or_rest_pain", "i sleep fine till 4, then it starts"),
        ("night_or_rest_pain", "i sleep fine until 4, then it starts"),
        ("night_or_rest_pain", "it does yes"),
        ("night_or_rest_pain", "it is"),
        ("night_or_rest_pain", "now and again"),
        ("numbness_leg", "i cannot say i have not"),
        ("numbness_leg", "just in ma heel but aye"),
        ("numbness_leg", "lowkey yeah in my foot"),
        ("numbness_leg", "my toes and now my foot"),
        ("numbness_leg", "no actually yes my toes"),
        ("numbness_leg", "no i have numb toes"),
        ("numbness_leg", "what counts? tingles"),
        ("numbness_leg", "what counts? yes"),
        ("numbness_leg", "what do you mean, i tingle?"),
        ("numbness_leg", "what do you mean, my toes tingle?"),
        ("numbness_leg", "what does it mean, it tingles on me?"),
        ("numbness_leg", "yes?"),
        ("numbness_leg weakness_leg", "it isn't not tingling"),
        ("numbness_leg weakness_leg", "not numb but feels weird"),
        ("numbness_leg weakness_leg", "one's good, one's not"),
        ("osteoporosis_or_steroids", "bones yes, tablets no"),
        ("pregnancy", "55 days ago"),
        ("pregnancy", "my son is 4 weeks old"),
        ("saddle_numbness", "my girlfriend noticed i didn't react"),
        ("saddle_numbness", "no it is numb"),
        ("suicidal_or_crisis", "sometimes idk"),
        ("suicidal_or_crisis", "yes"),
        ("trauma", "no but i did slip a bit getting out of the bath"),
        ("weakness_leg", "maybe a little"),
        ("weakness_leg numbness_leg", "numb yes weak no"),
        ("weight_loss", "haven't changed my diet but i've dropped 6 kilos"),
        ("weight_loss", "my sister says i look thin"),
        ("weight_loss", "some yes"),
        ("worsening_progressive", "yh 100%"),
    ],
)
def test_these_say_that_the_sign_is_there(answered: Answered, about: str, text: str) -> None:
    assert answered(about, text).meaning is Meaning.YES


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("abdominal_pulsating_or_tearing", "no nothing like that"),
        ("abdominal_pulsating_or_tearing", "sharp yes, tearing no"),
        ("bilateral_leg_symptoms", "nah one"),
        ("bilateral_leg_symptoms", "naw, jist the wan leg"),
        ("bilateral_leg_symptoms", "neither, just back"),
        ("bilateral_leg_symptoms", "no neither leg"),
        ("bilateral_leg_symptoms", "nope, right leg only \ud83d\udc4d"),
        ("bilateral_leg_symptoms", "yes wait no sorry only one"),
        ("bladder_retention_or_incontinence", "naw, nae bother at all"),
        ("bladder_retention_or_incontinence", "no going fine thanks"),
        ("bowel_incontinence", "my dad has that"),
        ("bowel_incontinence", "my old dad does, I don't"),
        ("bowel_incontinence", "never"),
        ("bowel_incontinence", "poo is normal only"),
        ("cancer_history", "mum had it, me never"),
        ("cancer_history", "no i haven't"),
        ("cancer_history", "thankfully no"),
        ("chest_pain_or_breathless", "my nan has angina but im 16 n healthy"),
        (
            "duration_over_2_weeks",
            "Had one years ago that lasted six months but this lot only came on Monday",
        ),
        ("duration_over_2_weeks", "couple of days tops"),
        ("duration_over_2_weeks", "maybe 10 days"),
        ("duration_over_2_weeks", "no this is the first day"),
        ("duration_over_2_weeks", "not 3 months"),
        ("duration_over_2_weeks", "on and off for years but this one is 4 days old"),
        ("duration_over_2_weeks", "on and off for years, this bout 4 days"),
        ("duration_over_2_weeks", "since friday night"),
        ("duration_over_2_weeks", "since tuesday last week"),
        ("duration_over_2_weeks", "this is day 5"),
        ("fever_or_infection", "35"),
        ("fever_or_infection", "37.5"),
        ("fever_or_infection", "feel fine otherwise"),
        ("fever_or_infection", "no fever or chills"),
        ("fever_or_infection", "no temperature"),
        ("fever_or_infection", "not so much"),
        ("fever_or_infection", "temperature is 37.1"),
        ("fever_or_infection weight_loss", "no to all three"),
        ("iv_drug_or_immunosuppressed", "dont take anything"),
        ("iv_drug_or_immunosuppressed", "my flatmate injects, i dont touch it"),
        ("night_or_rest_pain", "no its fine once im in bed and the light is off"),
        ("night_or_rest_pain", "no once i find a position im ok"),
        ("numbness_leg", "absolutely fine"),
        ("numbness_leg", "had some tingling at first but not now"),
        ("numbness_leg", "its gone now"),
        ("numbness_leg", "just my elbow"),
        ("chest_pain_or_breathless", "no it is my back"),
        ("numbness_leg", "neither leg"),
        ("numbness_leg", "no, my leg is fine"),
        ("numbness_leg", "no i dont have any numbness"),
        ("numbness_leg", "no I do not have numb toes"),
        ("weakness_leg", "no i do not have weak legs"),
        ("numbness_leg", "no toes are fine"),
        ("numbness_leg", "none"),
        ("numbness_leg", "numb when i was a child"),
        ("numbness_leg", "tearing no"),
        ("numbness_leg", "tingles no"),
        ("numbness_leg", "yes but it is winter"),
        ("numbness_leg", "yes wait sorry no"),
        ("numbness_leg", "yes, i mean no"),
        ("numbness_leg weakness_leg", "erm not really"),
        ("numbness_leg weakness_leg", "i can feel them fine"),
        ("numbness_leg weakness_leg", "no but my chest is tight"),
        ("numbness_leg weakness_leg", "no, theyre fine"),
        ("numbness_leg weakness_leg", "only sore"),
        ("osteoporosis_or_steroids", "had a scan, it was ok"),
        ("osteoporosis_or_steroids", "i have never taken any"),
        ("osteoporosis_or_steroids", "never taken any"),
        ("osteoporosis_or_steroids", "no bone problems"),
        ("pregnancy", "No."),
        ("pregnancy", "i'm seventy two dear"),
        ("pregnancy", "test was negative"),
        ("recent_spinal_surgery", "i had a disc out in 2018"),
        ("recent_spinal_surgery", "no ops"),
        ("recent_spinal_surgery", "no ops ever"),
        ("recent_spinal_surgery", "years ago"),
        ("saddle_numbness", "no but my heel has pins and needles"),
        ("saddle_numbness", "no feeling is normal"),
        ("saddle_numbness", "no feeling there is fine"),
        ("saddle_numbness", "no i can feel when i wipe"),
        ("saddle_numbness", "no it can feel when i wipe"),
        ("saddle_numbness", "no my bum can feel when i wipe"),
        ("saddle_numbness", "only after an hour on a hard bench and it goes off straight away"),
        ("sexual_dysfunction", "no change in the bedroom"),
        ("shingles_rash", "itchy but never a rash"),
        ("shingles_rash", "itchy but not a rash"),
        ("shingles_rash", "itchy however no rash"),
        ("suicidal_or_crisis", "fed up yes but not that"),
        ("trauma", "fell in 2015"),
        ("trauma", "i was doing the dishes"),
        ("trauma", "i was stretching"),
        ("trauma", "maybe from lifting my kid"),
        ("trauma", "no it just came on"),
        ("trauma", "not that i remember"),
        ("urinary_symptoms", "no pee is clear"),
        ("weakness_leg", "hasn't let me down yet"),
        ("weakness_leg", "it gave way years ago"),
        ("weakness_leg", "no problem walking"),
        ("weakness_leg", "no strength or balance problems"),
        ("weakness_leg", "not weak no"),
        ("weakness_leg", "steady as a rock, ta"),
        ("weight_loss", "haha i wish, no"),
        ("weight_loss", "my wife helps me"),
        ("weight_loss", "no i weigh the same"),
        ("weight_loss", "no, weight is same only"),
        ("weight_loss", "yes but ive been dieting"),
        ("worsening_progressive", "easing off if anything"),
    ],
)
def test_these_say_that_the_sign_is_not_there(answered: Answered, about: str, text: str) -> None:
    assert answered(about, text).meaning is Meaning.NO


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("chest_pain_or_breathless", "i honestly can't say"),
        ("chest_pain_or_breathless", "possibly??"),
        ("duration_over_2_weeks", "14"),
        ("duration_over_2_weeks", "could be 13, could be 16 days"),
        ("duration_over_2_weeks", "exactly 14 today"),
        ("duration_over_2_weeks", "exactly 2 weeks today"),
        ("duration_over_2_weeks", "lost track, could be one week could be three"),
        ("duration_over_2_weeks", "not sure when it started"),
        ("duration_over_2_weeks", "somewhere between ten days and three weeks"),
        ("duration_over_2_weeks", "two weeks give or take a day"),
        ("duration_over_2_weeks", "two weeks ish"),
        ("duration_over_2_weeks", "two weeks, give or take"),
        ("fever_or_infection weight_loss", "mibbe aye mibbe naw"),
        ("numbness_leg", "hard to tell tbh"),
        ("numbness_leg", "i cannot honestly say"),
        ("numbness_leg", "i cannot say if it is numb"),
        ("numbness_leg", "i'm not sure what counts as numb"),
        ("numbness_leg", "numb or maybe"),
        ("numbness_leg", "some nights yes, some nights no"),
        ("numbness_leg", "tingles, not sure"),
        ("numbness_leg", "who knows"),
        ("numbness_leg", "yes maybe"),
        ("numbness_leg weakness_leg", "not sure, sorry mate"),
        (
            "numbness_leg weakness_leg",
            "the pain is that bad i can't really tell what else is there",
        ),
        ("pregnancy", "period late, or maybe not"),
        ("pregnancy", "the period is late, so maybe"),
        ("saddle_numbness", "i havent checked"),
        ("trauma", "a small fall, but not sure it is related"),
        ("weakness_leg", "couldn't tell you"),
        ("weakness_leg", "feels weak but maybe it's just the pain"),
        ("weakness_leg", "yes and no, i honestly can't decide"),
        ("worsening_progressive", "some days yes some days no"),
    ],
)
def test_these_leave_it_open(answered: Answered, about: str, text: str) -> None:
    assert answered(about, text).meaning is Meaning.UNSURE


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("bladder_retention_or_incontinence", "as before, though it feels odd"),
        ("bladder_retention_or_incontinence", "no but hello"),
        ("bladder_retention_or_incontinence", "no i leak"),
        ("bladder_retention_or_incontinence bowel_incontinence", "can i take a bath?"),
        ("bowel_incontinence", "i have haemorrhoids"),
        ("cancer_history", "2015"),
        ("duration_over_2_weeks", "I am 34 years old"),
        ("duration_over_2_weeks", "it hurts when i bend"),
        ("duration_over_2_weeks", "it's very bad in the morning"),
        ("duration_over_2_weeks", "next one pls"),
        ("fever_or_infection", "7"),
        ("iv_drug_or_immunosuppressed", "i vape does that count"),
        ("iv_drug_or_immunosuppressed", "my neck is killing me"),
        ("night_or_rest_pain", "8/10"),
        ("numbness_leg", "does cramp count?"),
        ("numbness_leg", "it is my elbow"),
        ("numbness_leg", "no or yes"),
        ("numbness_leg", "tingling?"),
        ("numbness_leg", "wat does fizzy mean lol"),
        ("numbness_leg", "what counts as dead?"),
        ("numbness_leg", "what counts, tingling toes?"),
        ("numbness_leg", "yes or no to what"),
        ("numbness_leg weakness_leg", "which leg do you mean"),
        ("osteoporosis_or_steroids", "do gym steroids count?"),
        ("pregnancy", "sorry wrong chat"),
        ("recent_spinal_surgery", "what sort of needle"),
        ("sexual_dysfunction", "none of your business"),
        ("sexual_dysfunction", "not applicable"),
        ("shingles_rash", "no rash but itchy"),
        ("weakness_leg", "i use a heat pad"),
        ("weakness_leg", "stop"),
        ("weakness_leg", "what do you mean by drag"),
        ("worsening_progressive", "main menu"),
    ],
)
def test_these_are_no_answer(answered: Answered, about: str, text: str) -> None:
    assert answered(about, text).meaning is Meaning.OTHER


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("abdominal_pulsating_or_tearing", "no nothing like that"),
        ("bilateral_leg_symptoms", "both"),
        ("bilateral_leg_symptoms", "left and right yes"),
        ("bladder_retention_or_incontinence", "yes leaked twice"),
        ("bladder_retention_or_incontinence bowel_incontinence", "ya it changed"),
        ("duration_over_2_weeks", "23 days"),
        ("duration_over_2_weeks", "since friday night"),
        ("duration_over_2_weeks", "two weeks, give or take"),
        ("duration_over_2_weeks", "yes"),
        ("fever_or_infection", "it was 39 last night"),
        ("fever_or_infection", "yes 38.5 last night"),
        ("numbness_leg", "neither leg"),
        ("numbness_leg", "no toes are fine"),
        ("numbness_leg weakness_leg", "erm not really"),
        ("numbness_leg weakness_leg", "no, theyre fine"),
        ("osteoporosis_or_steroids", "no bone problems"),
        ("saddle_numbness", "no feeling is normal"),
        ("weight_loss", "haha i wish, no"),
        ("weight_loss", "no i weigh the same"),
        ("weight_loss", "no, weight is same only"),
        ("weight_loss", "some yes"),
    ],
)
def test_these_say_so_plainly(answered: Answered, about: str, text: str) -> None:
    assert answered(about, text).plainly


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("abdominal_pulsating_or_tearing", "no pulsing, tearing yes"),
        ("bilateral_leg_symptoms", "no neither leg"),
        ("bilateral_leg_symptoms", "nope, right leg only \ud83d\udc4d"),
        ("chest_pain_or_breathless", "no it is my chest"),
        ("numbness_leg", "hard to tell tbh"),
        ("numbness_leg", "no but my leg"),
        ("numbness_leg", "no but my foot is"),
        ("numbness_leg weakness_leg", "no but my chest is tight"),
        ("weight_loss", "yes but ive been dieting"),
    ],
)
def test_these_are_asked_again_where_it_must_be_plain(
    answered: Answered, about: str, text: str
) -> None:
    assert not answered(about, text).plainly
