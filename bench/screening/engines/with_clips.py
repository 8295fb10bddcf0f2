"""CLIPS: the screening as facts, six rules over them, and a fact for what was heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import clips

from bench.screening.data import (
    IDLE,
    NO,
    OUTCOMES,
    QUESTIONS,
    START,
    YES,
    Turn,
    again,
    following,
)

RULES = """
(deftemplate talk (slot user) (slot at (default idle)) (slot doctor (default no)))
(deftemplate question (slot id) (slot next) (slot text) (slot again) (slot emergency))
(deftemplate outcome (slot id) (slot text))
(deftemplate meaning (slot words) (slot says))
(deftemplate heard (slot user) (slot words))

(defrule begin (declare (salience 20))
  ?h <- (heard (user ?u) (words ?w)) (meaning (words ?w) (says start))
  ?t <- (talk (user ?u)) (first ?id) (question (id ?id) (text ?text))
  => (retract ?h) (modify ?t (at ?id) (doctor no)) (say ?text))

(defrule idle (declare (salience 10))
  ?h <- (heard (user ?u)) (talk (user ?u) (at idle)) (idle ?text)
  => (retract ?h) (say ?text))

(defrule emergency (declare (salience 10))
  ?h <- (heard (user ?u) (words ?w)) (meaning (words ?w) (says yes))
  ?t <- (talk (user ?u) (at ?id)) (question (id ?id) (emergency yes))
  (outcome (id emergency) (text ?text))
  => (retract ?h) (modify ?t (at idle)) (say ?text))

(defrule note (declare (salience 10))
  (heard (user ?u) (words ?w)) (meaning (words ?w) (says yes))
  ?t <- (talk (user ?u) (at ?id) (doctor no)) (question (id ?id) (emergency no))
  => (modify ?t (doctor yes)))

(defrule onward (declare (salience 5))
  ?h <- (heard (user ?u) (words ?w)) (meaning (words ?w) (says yes|no))
  ?t <- (talk (user ?u) (at ?id)) (question (id ?id) (next ?next&~end))
  (question (id ?next) (text ?text))
  => (retract ?h) (modify ?t (at ?next)) (say ?text))

(defrule end (declare (salience 5))
  ?h <- (heard (user ?u) (words ?w)) (meaning (words ?w) (says yes|no))
  ?t <- (talk (user ?u) (at ?id) (doctor ?doctor)) (question (id ?id) (next end))
  (outcome (id =(if (eq ?doctor yes) then doctor else self_care)) (text ?text))
  => (retract ?h) (modify ?t (at idle)) (say ?text))

(defrule again
  ?h <- (heard (user ?u)) (talk (user ?u) (at ?id)) (question (id ?id) (again ?text))
  => (retract ?h) (say ?text))
"""


def _facts() -> list[str]:
    facts = [f"(first {QUESTIONS[0].id})", f'(idle "{IDLE}")']
    for words, says in ((START, "start"), (YES, "yes"), (NO, "no")):
        facts += [f'(meaning (words "{word}") (says {says}))' for word in words]
    facts += [f'(outcome (id {name}) (text "{text}"))' for name, text in OUTCOMES.items()]
    for position, question in enumerate(QUESTIONS):
        after = following(position)
        facts.append(
            f"(question (id {question.id}) (next {after.id if after else 'end'})"
            f' (text "{question.text}") (again "{again(question)}")'
            f" (emergency {'yes' if question.emergency else 'no'}))"
        )
    return facts


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    engine = clips.Environment()
    replies: list[str] = []
    engine.define_function(replies.append, name="say")
    for construct in RULES.strip().split("\n\n"):
        for line in construct.splitlines() if construct.startswith("(deft") else [construct]:
            engine.build(line)
    for fact in _facts():
        engine.assert_string(fact)
    for user in {user for user, _ in turns}:
        engine.assert_string(f"(talk (user {user}))")
    heard = engine.find_template("heard")

    def play() -> list[str]:
        for user, text in turns:
            heard.assert_fact(user=user, words=text)
            engine.run()
        return replies

    return play
