"""The figures: a person who keeps their limbs, stays above the floor, and does what is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import pytest

from bot.adapters.knowledge_files import load
from bot.core.figure_checks import angles, body_problems, lowest, pose_problems, problems
from bot.core.figures import Body, Frame, eased, frames, mirrored, posed, poses, still
from bot.core.knowledge import Bend, Figure, Knowledge, Limb, Pelvis, Reach
from bot.core.skeleton import (
    CHEST,
    FOREARM,
    HAND,
    LOW_BACK,
    RADII,
    SHIN,
    THIGH,
    TRUNK,
    UPPER_ARM,
    Vector,
    across,
    angle_between,
    length,
    minus,
    mixed,
)

FIGURES: dict[str, Figure] = {figure.id: figure for figure in load().figures}
BONES = {
    **{("hip", "knee"): THIGH, ("knee", "ankle"): SHIN, ("shoulder", "elbow"): UPPER_ARM},
    **{("elbow", "wrist"): FOREARM, ("wrist", "finger"): HAND},
}
QUICKEST = 19.0  # centimetres that a joint may move in a tenth of a second

every_figure = pytest.mark.parametrize("name", FIGURES)


@cache
def shown(name: str) -> tuple[Frame, ...]:
    return tuple(frames(FIGURES[name]))


def bodies(name: str) -> list[Body]:
    return [frame.body for frame in shown(name)]


def apart(body: Body, a: str, b: str) -> float:
    return length(minus(body.joints[a], body.joints[b]))


# -- every figure, every frame --------------------------------------------------------------------


def test_every_stretch_has_a_figure_with_words(knowledge: Knowledge) -> None:
    assert set(FIGURES) == {stretch.id for stretch in knowledge.stretches}
    assert all(len(figure.text.split()) > 20 for figure in FIGURES.values())


@every_figure
def test_limbs_keep_their_length_in_every_frame(name: str) -> None:
    for body in bodies(name):
        for side in ("right", "left"):
            for (start, end), size in BONES.items():
                found = apart(body, f"{side}_{start}", f"{side}_{end}")
                assert found == pytest.approx(size, abs=0.1)
            assert apart(body, f"{side}_heel", f"{side}_toe") == pytest.approx(17.5, abs=0.1)
        spine = sum(length(minus(b, a)) for a, b in pairwise(body.spine))
        assert spine == pytest.approx(LOW_BACK + CHEST)


@every_figure
def test_nobody_sinks_in_or_bends_beyond_human_range_in_any_frame(name: str) -> None:
    assert [list(body_problems(body)) for body in bodies(name) if any(body_problems(body))] == []


@every_figure
def test_every_hand_and_foot_arrives_where_it_is_sent(name: str) -> None:
    assert list(problems(FIGURES[name])) == []


@every_figure
def test_the_loop_closes_and_nothing_jumps(name: str) -> None:
    loop = [*bodies(name), bodies(name)[0]]
    for before, after in pairwise(loop):
        steps = {j: length(minus(after.joints[j], before.joints[j])) for j in before.joints}
        worst = max(steps, key=lambda joint: steps[joint])
        assert steps[worst] < QUICKEST, worst
    lights = [frame.felt for frame in shown(name)]
    assert all(abs(b - a) < 0.35 for a, b in pairwise([*lights, lights[0]]))


@every_figure
def test_someone_always_touches_the_ground(name: str) -> None:
    for body in bodies(name):
        assert min(height for _, height in lowest(body)) < 4


@every_figure
def test_a_loop_is_short_enough_to_watch_and_slow_enough_to_follow(name: str) -> None:
    assert 4 < sum(frame.seconds for frame in shown(name)) < 13


@every_figure
def test_the_still_is_the_moment_in_which_it_is_felt_most(name: str) -> None:
    assert max(frame.felt for frame in still(FIGURES[name])) == 1


@every_figure
def test_two_sides_are_shown_when_the_stretch_has_two(name: str, knowledge: Knowledge) -> None:
    (stretch,) = (stretch for stretch in knowledge.stretches if stretch.id == name)
    assert FIGURES[name].sides == (stretch.sides == "both")
    if FIGURES[name].sides:
        spots = {spot for frame in shown(name) for spot in frame.spots}
        assert {exchanged(spot) for spot in spots} == spots


def exchanged(name: str) -> str:
    side, _, rest = name.partition("_")
    return {"right": f"left_{rest}", "left": f"right_{rest}"}.get(side, name)


# -- the figure does what the steps say -----------------------------------------------------------


def height(body: Body, joint: str) -> float:
    """Of the underside of a joint above the ground."""
    return body.joints[joint][1] - RADII[joint.partition("_")[2] or joint]


def chest_faces(body: Body) -> Vector:
    return body.chest.front


def thigh_point(body: Body, side: str, share: float) -> Vector:
    return mixed(body.joints[f"{side}_hip"], body.joints[f"{side}_knee"], share)


def holds_thigh(body: Body, hand: str, thigh: str) -> bool:
    """The wrist is beside the middle of the thigh, on the side away from the belly."""
    wrist, middle = body.joints[f"{hand}_wrist"], thigh_point(body, thigh, 0.5)
    return length(minus(wrist, middle)) < 14 and wrist[0] > middle[0]


def knees_near_chest(body: Body, side: str) -> bool:
    return apart(body, f"{side}_knee", "neck") < 52


def lies_on_back(body: Body) -> bool:
    head_down = height(body, "head") < 8
    return body.pelvis.front[1] > 0.8 and body.chest.front[1] > 0.8 and head_down


def lies_on_front(body: Body) -> bool:
    return body.pelvis.front[1] < -0.8 and height(body, "right_hip") < 8


def foot_flat(body: Body, side: str) -> bool:
    return max(height(body, f"{side}_heel"), height(body, f"{side}_toe")) < 1.5


def hand_down(body: Body, side: str) -> bool:
    return height(body, f"{side}_wrist") < 2.5


def turned_right(body: Body) -> bool:
    """For someone who sits or stands facing the front: the own right is towards the viewer."""
    return chest_faces(body)[2] > 0.5


def turned_left(body: Body) -> bool:
    return chest_faces(body)[2] < -0.5


def both(check: Callable[[Body, str], bool], body: Body) -> bool:
    return check(body, "right") and check(body, "left")


def kneels(body: Body) -> bool:
    sides = ("right", "left")
    return all(height(body, f"{side}_{j}") < 5 for side in sides for j in ("knee", "toe"))


def bent_at(body: Body, a: str, b: str, c: str) -> float:
    j = body.joints
    return angle_between(minus(j[b], j[a]), minus(j[c], j[b]))


def elbow(body: Body) -> float:
    return next(angle for name, angle, _ in angles(body) if name == "right elbow")


def shoulders_flat(body: Body) -> bool:
    right, left = body.joints["right_shoulder"], body.joints["left_shoulder"]
    return abs(right[1] - left[1]) < 2.5 and max(right[1], left[1]) < 15


STEPS: dict[str, Callable[[Body], bool]] = {
    "child_pose folded": lambda b: (
        kneels(b)
        and apart(b, "right_hip", "right_ankle") < 28
        and height(b, "head") < 3
        and both(hand_down, b)
        and b.joints["right_wrist"][0] > b.joints["head"][0] + 15
    ),
    "cat_camel cat": lambda b: (
        kneels(b)
        and b.spine[4][1] > max(b.spine[0][1], b.spine[-1][1]) + 6
        and b.joints["head"][1] < b.joints["neck"][1]
        and elbow(b) < 30
    ),
    "cat_camel camel": lambda b: (
        kneels(b)
        and min(y for _, y, _ in b.spine) < min(b.spine[0][1], b.spine[-1][1]) - 2
        and b.joints["head"][1] > b.joints["neck"][1] + 5
        and elbow(b) < 30
    ),
    "single_knee_chest drawn": lambda b: (
        lies_on_back(b)
        and knees_near_chest(b, "right")
        and foot_flat(b, "left")
        and holds_thigh(b, "right", "right")
        and holds_thigh(b, "left", "right")
    ),
    "double_knee_chest drawn": lambda b: (
        lies_on_back(b)
        and both(knees_near_chest, b)
        and holds_thigh(b, "right", "right")
        and holds_thigh(b, "left", "left")
    ),
    "double_knee_chest first": lambda b: b.joints["right_ankle"][1] > 40 and foot_flat(b, "left"),
    "double_knee_chest lowered": lambda b: (
        b.joints["left_ankle"][1] > 40 and foot_flat(b, "right")
    ),
    "trunk_rotation right": lambda b: (
        shoulders_flat(b)
        and min(b.joints["right_knee"][2], b.joints["left_knee"][2]) > 12
        and apart(b, "right_knee", "left_knee") < 22
        and b.joints["right_wrist"][2] > 55
        and both(hand_down, b)
    ),
    "knee_rolls_bed right": lambda b: (
        shoulders_flat(b) and min(b.joints["right_knee"][2], b.joints["left_knee"][2]) > 12
    ),
    "pelvic_tilt rest": lambda b: b.spine[3][1] - TRUNK[3][0] > 2.5,
    "pelvic_tilt flat": lambda b: (
        lies_on_back(b)
        and all(y - TRUNK[n][0] < 1 for n, (_, y, _) in enumerate(b.spine[:6]))
        and both(foot_flat, b)
    ),
    "bridge lifted": lambda b: (
        both(foot_flat, b)
        and both(hand_down, b)
        and height(b, "head") < 3
        and abs(bent_at(b, "right_shoulder", "right_hip", "right_knee")) < 15
    ),
    "figure_four drawn": lambda b: (
        lies_on_back(b)
        and length(minus(b.joints["right_ankle"], thigh_point(b, "left", 0.8))) < 12
        and b.joints["right_knee"][2] > 25
        and holds_thigh(b, "right", "left")
        and holds_thigh(b, "left", "left")
        and b.joints["left_ankle"][1] > 30
    ),
    "lying_hug_side_bend right": lambda b: (
        lies_on_back(b)
        and apart(b, "right_hip", "right_shoulder") < apart(b, "left_hip", "left_shoulder") - 8
        and both(knees_near_chest, b)
    ),
    "sphinx lifted": lambda b: (
        lies_on_front(b)
        and height(b, "head") > 25
        and both(hand_down, b)
        and height(b, "right_elbow") < 2
        and b.joints["right_wrist"][0] > b.joints["right_shoulder"][0]
        and abs(b.joints["right_elbow"][0] - b.joints["right_shoulder"][0]) < 12
    ),
    "prone_press_up forearms": lambda b: height(b, "right_elbow") < 2 and lies_on_front(b),
    "prone_press_up pressed": lambda b: (
        lies_on_front(b)
        and both(hand_down, b)
        and height(b, "right_elbow") > 10
        and height(b, "right_knee") < 3
        and 0 < b.joints["right_wrist"][0] - b.joints["right_shoulder"][0] < 30
    ),
    "hamstring_seated leaned": lambda b: (
        height(b, "right_knee") < 8
        and bent_at(b, "right_hip", "right_knee", "right_ankle") < 20
        and length(minus(b.joints["left_toe"], thigh_point(b, "right", 0.9))) < 20
        and b.joints["left_knee"][2] < -25
        and b.joints["right_finger"][0] > 60
        and b.chest.up[0] > 0.5
    ),
    "seated_twist turned": lambda b: (
        turned_right(b)
        and foot_flat(b, "right")
        and b.joints["right_ankle"][2] < b.joints["left_knee"][2] - 5
        and apart(b, "left_wrist", "right_knee") < 16
        and hand_down(b, "right")
        and b.joints["right_wrist"][0] < -10
        and height(b, "left_knee") < 8
    ),
    "crossed_leg_twist turned": lambda b: (
        turned_left(b)
        and b.joints["right_knee"][1] > b.joints["left_knee"][1] + 5
        and b.joints["right_ankle"][2] < -20
        and hand_down(b, "right")
        and b.joints["right_wrist"][2] < 0
        and hand_down(b, "left")
        and b.joints["left_wrist"][0] < -10
    ),
    "standing_twist arms_out": lambda b: apart(b, "right_wrist", "left_wrist") > 120,
    "standing_twist left": lambda b: (
        turned_left(b)
        and both(foot_flat, b)
        and b.pelvis.seen(minus(b.joints["right_wrist"], b.joints["pelvis"]))[2] > 10
        and b.pelvis.seen(minus(b.joints["left_wrist"], b.joints["pelvis"]))[2] < -10
        and 25 < apart(b, "right_ankle", "left_ankle") < 35
    ),
}


@pytest.mark.parametrize("moment", STEPS)
def test_the_figure_does_what_the_steps_say(moment: str) -> None:
    name, _, pose_id = moment.partition(" ")
    pose = next(pose for pose in poses(FIGURES[name]) if pose.id == pose_id)
    assert STEPS[moment](posed(pose))


def test_the_steps_of_every_stretch_are_looked_at() -> None:
    assert {moment.partition(" ")[0] for moment in STEPS} == set(FIGURES)


# -- the rules catch what they are there for ------------------------------------------------------


@dataclass(frozen=True)
class Mistake:
    """A change to the first pose of a figure, and what must be said of it."""

    figure: str
    limb: Limb
    reach: Reach
    says: str


MISTAKES = {
    "a knee that bends backwards": Mistake(
        *("standing_twist", "right_foot", Reach(at=(0, 20, 9), bend=(-1, 0, 0))), "hip twist"
    ),
    "a hand in the floor": Mistake(
        *("cat_camel", "right_hand", Reach(at=(41, -3, 18), bend=(-1, 0, 0))), "inside the floor"
    ),
    "a foot that is too far away": Mistake(
        *("pelvic_tilt", "left_foot", Reach(at=(120, 7.3, -9), bend=(0, 1, 0))), "out of reach"
    ),
    "an arm too far behind the back": Mistake(
        *("standing_twist", "left_hand", Reach(at=(-46, 150, -16), bend=(0, 1, 0))),
        "shoulder to the back",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_pose_that_no_human_can_take_is_refused(mistake: Mistake) -> None:
    first = poses(FIGURES[mistake.figure])[0]
    found = list(pose_problems(replace(first, limbs={**first.limbs, mistake.limb: mistake.reach})))
    assert any(mistake.says in what for _, what in found), found


def test_a_spine_that_bends_too_far_is_refused() -> None:
    first = poses(FIGURES["cat_camel"])[0]
    bent = replace(first, bends={**first.bends, "low_back": Bend(bend=90)})
    assert ("low_back", "low_back bend 90 is not in -45 to 60; bend it less") in pose_problems(
        bent
    )


def test_a_trunk_inside_the_mat_is_refused() -> None:
    first = poses(FIGURES["bridge"])[0]
    sunk = replace(first, pelvis=Pelvis(at=(0, 4, 0), tilt=90))
    assert any("trunk 0 is 6.4 cm inside" in what for _, what in pose_problems(sunk))


def test_a_first_pose_must_be_whole_and_the_still_must_exist() -> None:
    figure = FIGURES["bridge"]
    first = figure.poses[0].model_copy(update={"head": None, "left_hand": None})
    torn = figure.model_copy(update={"poses": (first, *figure.poses[1:])})
    assert [what for _, what in problems(torn)] == [
        "head, left_hand: missing in the first pose; add it, the others build on it"
    ]
    alone = figure.model_copy(update={"poses": figure.poses[1:]})
    assert "poses: a movement needs 2 key poses; add one" in [w for _, w in problems(alone)]
    lost = figure.model_copy(update={"still": ("nowhere",)})
    assert any("no pose has the id nowhere" in what for _, what in problems(lost))


def test_legs_that_hold_each_other_are_refused() -> None:
    figure = FIGURES["figure_four"]
    knot = Reach(on="right_thigh", along=0.5, bend=(0, 1, 0))
    last = figure.poses[-1].model_copy(update={"left_foot": knot})
    tied = figure.model_copy(update={"poses": (*figure.poses[:-1], last)})
    assert list(problems(tied)) == [
        (("poses", 2), "drawn: the legs hold each other; send one to a point (at)")
    ]


# -- kinematics -----------------------------------------------------------------------------------


@every_figure
def test_exchanging_right_and_left_mirrors_every_joint(name: str) -> None:
    for pose in poses(FIGURES[name]):
        body, mirror = posed(pose), posed(mirrored(pose))
        for joint, place in body.joints.items():
            assert mirror.joints[exchanged(joint)] == pytest.approx(across(place), abs=1e-6)
        assert mirrored(mirrored(pose)) == pose


def test_a_movement_starts_and_ends_at_rest() -> None:
    assert eased(0) == 0
    assert eased(1) == pytest.approx(1)
    assert eased(0.5) == pytest.approx(0.5)
    assert eased(0.01) < 0.001
    assert 1 - eased(0.99) < 0.001
