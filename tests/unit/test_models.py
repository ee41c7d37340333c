"""The register of models: what is kept, what is refused, and what follows from it."""

import hashlib
import json
import threading
import time
from datetime import date, timedelta

import pytest

from aigclabel import CannotLabel, Context, Declaration, Outcome, policy, stamp
from aigclabel.cli import main
from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake.models import Filing, Models, Plan
from aigclabel.intake.models_numbers import number
from aigclabel.intake.texts import today

CODE = "001191110102MACQD9K64010000"
OTHER = "001191440300708461136T1XGW3"
NUMBER = "Beijing-YunQue-20230821"
ALGORITHM = "网信算备330110507206401230035号"
DRAFT, LICENCE = "cn.filing-draft-2023-04", "cn.licence-before-release"
HOSTILE = ("x'); DROP TABLE models;--", '"><script>alert(1)</script>', "=cmd|'/c calc'!A1",
           "%s%n{0}${jndi:x}", "名 \U0001f600 مرحبا")  # fmt: skip
STEERING = ("\x1b[2Jgone", "a\x00b", "a\nb", "a\u202eb", "a\u200bb", "\ud800", "a\rb", "a\x9bb")


@pytest.fixture
def register(store):
    return Models(store)


def plan(launch="2026-09-24", **other):
    told = {"id": "m", "code": CODE, "name": "example-image", "version": "3.1", **other}
    return Plan(**told, launch=date.fromisoformat(launch) if launch else None)


def filed(day, number=NUMBER, state="filed", **other):
    return Filing(state, date.fromisoformat(day), number, **other)


def facts(register, on, which="m"):
    got = register.facts(which, date.fromisoformat(on))
    return got["filed"], got["licensed"]


# -- numbers ----------------------------------------------------------------------------


REAL = ["330110507206401230035", "330109830471102220013", "330106003156001240091",
        "610102726918801240017", "110108823483901230031", "310115124334401240013",
        "330109830471104220015"]  # fmt: skip


@pytest.mark.parametrize("digits", REAL)
def test_real_numbers_of_algorithms(digits):
    for written in (f"网信算备{digits}号", f"网信算备:{digits}号", f" 网信算备：{digits}号 "):
        assert number(written) == (f"网信算备{digits}号", "algorithm")


@pytest.mark.parametrize("text", [NUMBER, "ZheJiang-TongYiQianWen-20230901", NUMBER + "0012"])
def test_real_numbers_of_models(text):
    assert number(text) == (text, "model")


@pytest.mark.parametrize(
    "wrong",
    ["", " ", "网信算备33011050720640123003号", "网信算备3301105072064012300355号", "网信算备号",
     "网信算备33011050720640123003５号", "beijing-YunQue-20230821", "Beijing-YunQue-20231345",
     "Beijing-YunQue-2023082", "Beijing--20230821", "Beijing-云雀-20230821", "x" * 300,
     *HOSTILE, *STEERING],
)  # fmt: skip
def test_numbers_of_no_shape_are_refused(wrong):
    with pytest.raises(UsageError) as told:
        number(wrong)
    assert "\n" not in str(told.value)
    assert "\x1b" not in str(told.value)


def test_local_numbers_are_taken_when_they_are_called_so():
    assert number("Shanghai-App-2026-17", "local") == ("Shanghai-App-2026-17", "local")
    with pytest.raises(UsageError, match="kind is local"):
        number("Shanghai-App-2026-17")
    with pytest.raises(UsageError, match="kind algorithm"):
        number(NUMBER, "algorithm")
    with pytest.raises(UsageError, match="choose from"):
        number(NUMBER, "other")


# -- what is kept ------------------------------------------------------------------------


def test_the_history_is_added_to_and_kept(store, register):
    register.add(plan(), "Ann", "a new model")
    proof = hashlib.sha256(b"the notice").hexdigest()
    register.file("m", Filing("refused", date(2026, 9, 25)), "Ben", "a document was missing")
    register.file("m", filed("2026-10-09", documents=(proof.upper(), proof)), "Ben")
    register.file("m", Filing("withdrawn", date(2026, 11, 2)), "Ann", "taken off")
    model = Models(store).get("m")
    assert [each.state for each in model.history] == ["planned", "refused", "filed", "withdrawn"]
    assert [each.n for each in model.history] == [1, 2, 3, 4]
    assert [each.who for each in model.history] == ["Ann", "Ben", "Ben", "Ann"]
    assert model.history[1].why == "a document was missing"
    assert model.history[2].documents == (proof,)
    assert (model.state, model.numbers) == ("withdrawn", ())
    assert model.on(date(2026, 10, 10)).state == "filed"
    assert [each.number for each in model.on(date(2026, 10, 10)).numbers] == [NUMBER]


@pytest.mark.parametrize("table", ["models", "model_events"])
@pytest.mark.parametrize("what", ["DELETE FROM {}", "UPDATE {} SET {}='x'"])
def test_nobody_changes_the_history(store, register, table, what):
    register.add(plan(), "Ann")
    column = "provider" if table == "models" else "why"
    with pytest.raises(LedgerError, match="only added"), store.writing() as connection:
        connection.exec_driver_sql(what.format(table, column))
    assert register.get("m").history[0].who == "Ann"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_kept_as_they_are(register, text):
    register.add(plan(name=text, version=text, provider=text), text, text)
    register.file("m", filed("2026-09-24", text, "licensed"), text, text)
    model = register.get("m")
    assert {model.name, model.version, model.provider, model.numbers[0].number} == {text}
    assert {each.who for each in model.history} | {each.why for each in model.history} == {text}
    assert len(register.all()) == 1


@pytest.mark.parametrize("text", STEERING)
@pytest.mark.parametrize("where", ["id", "name", "version", "provider", "code", "who", "why"])
def test_texts_that_steer_a_terminal_are_refused(register, text, where):
    said = {"who": "Ann", "why": "", **({where: text} if where in {"who", "why"} else {})}
    other = {} if where in {"who", "why"} else {where: text}
    with pytest.raises(UsageError) as told:
        register.add(plan(**other), **said)
    assert text not in str(told.value)
    assert register.all() == ()


@pytest.mark.parametrize(
    ("code", "told"),
    [("001191110102MACQD9K65010000", "check digit"), ("X", "00, 25"), ("", "empty"),
     (CODE[:-1], "00, 25"), (CODE[:22] + "90000", "23rd character")],
)  # fmt: skip
def test_a_wrong_code_is_refused_and_says_why(code, told):
    with pytest.raises(UsageError, match=told):
        plan(code=code)


def test_elsewhere_no_code_is_needed():
    assert plan(code="", provider="Example Ltd", jurisdiction="EU").code == ""
    with pytest.raises(UsageError, match="two letters"):
        plan(jurisdiction="China")


# -- what is refused ----------------------------------------------------------------------


def test_duplicates_are_refused(register):
    register.add(plan(), "Ann")
    with pytest.raises(UsageError, match="m is in the register"):
        register.add(plan(name="another"), "Ann")
    with pytest.raises(UsageError, match="register as m:"):
        register.add(plan(id="n"), "Ann")
    register.file("m", filed("2026-10-09"), "Ann")
    with pytest.raises(UsageError, match="nothing is new"):
        register.file("m", filed("2026-10-12"), "Ann")
    register.add(plan(id="o", code=OTHER), "Ann")
    register.add(plan(id="p", name="another"), "Ann")
    for stranger in ("o", "p"):
        with pytest.raises(UsageError, match="the number of m"):
            register.file(stranger, filed("2026-10-12"), "Ann")
    register.add(plan(id="q", version="3.2"), "Ann")
    assert register.file("q", filed("2026-10-12"), "Ann").state == "filed"  # a version of it


def test_a_model_that_was_withdrawn_can_be_added_anew(register):
    register.add(plan(), "Ann")
    register.file("m", Filing("withdrawn", today()), "Ann", "the launch was wrong")
    assert register.add(plan("2026-09-25", id="n"), "Ann").launch == date(2026, 9, 25)


def test_dates_go_forward(register):
    register.add(plan(), "Ann")
    register.file("m", filed("2026-10-09"), "Ann")
    with pytest.raises(UsageError, match="dates go forward"):
        register.file("m", Filing("withdrawn", date(2026, 10, 8)), "Ann")
    with pytest.raises(UsageError, match="has not come"):
        register.file("m", Filing("withdrawn", today() + timedelta(3)), "Ann")
    with pytest.raises(UsageError, match="of this age"):
        Filing("withdrawn", date(1, 1, 1))
    assert len(register.get("m").history) == 2


def test_states_follow_each_other(register):
    register.add(plan(), "Ann")
    register.file("m", filed("2026-10-09", state="licensed"), "Ann")
    with pytest.raises(UsageError, match="after which nothing is refused"):
        register.file("m", Filing("refused", date(2026, 10, 10)), "Ann")
    for wrong in (lambda: Filing("planned", today()), lambda: Filing("x", today())):
        with pytest.raises(UsageError, match="choose one"):
            wrong()
    with pytest.raises(UsageError, match="has no number"):
        Filing("refused", today(), NUMBER)
    with pytest.raises(UsageError, match="empty"):
        Filing("filed", today())
    with pytest.raises(UsageError, match="64 hexadecimal"):
        Filing("refused", today(), documents=("x",))


def test_a_model_that_is_not_there(register):
    for ask in (register.get, register.facts, lambda x: register.move(x, today(), "Ann")):
        with pytest.raises(UsageError, match="no model 'x'"):
            ask("x")
    with pytest.raises(UsageError, match="add it first"):
        register.file("x", filed("2026-10-09"), "Ann")


def test_the_launch_moves_until_it_has_been(register):
    soon = today() + timedelta(20)
    register.add(plan(str(soon)), "Ann")
    register.move("m", soon + timedelta(7), "Ann", "not ready")
    model = register.move("m", soon + timedelta(9), "Ann", "nor then")
    assert model.launch == soon + timedelta(9)
    assert model.history[0].launch == soon
    assert (model.state, model.last.n) == ("planned", 1)
    register.add(plan(id="n", version="3.2"), "Ann")
    with pytest.raises(UsageError, match="launched on 2026-09-24"):
        register.move("n", soon, "Ann")


# -- what follows -------------------------------------------------------------------------


def test_ten_working_days_after_launch(register):
    """Launched Thu 2026-09-24: off Sep 25-27 and Oct 1-7, so the tenth is Thu Oct 15."""
    register.add(plan(), "Ann")
    assert facts(register, "2026-09-20")[0] == "yes"  # not launched
    assert facts(register, "2026-10-15") == ("yes", "no")
    assert facts(register, "2026-10-16") == ("no", "no")
    register.file("m", filed("2026-10-20"), "Ann", "late")
    assert facts(register, "2026-10-19") == ("no", "no")
    assert facts(register, "2026-10-20") == ("yes", "no")


def test_filed_before_release(register):
    register.add(plan(), "Ann")
    register.file("m", filed("2026-09-23"), "Ann")
    assert facts(register, "2026-09-22") == ("yes", "unknown")  # there is time yet
    assert facts(register, "2026-09-23") == ("yes", "yes")
    assert facts(register, "2026-10-30") == ("yes", "yes")
    register.file("m", Filing("withdrawn", date(2026, 11, 3)), "Ann")
    assert facts(register, "2026-11-02") == ("yes", "yes")
    assert facts(register, "2026-11-03") == ("no", "no")


def test_the_day_of_launch_itself_does_not_say_which_came_first(register):
    register.add(plan(), "Ann")
    register.file("m", filed("2026-09-24"), "Ann")
    assert facts(register, "2026-10-01") == ("yes", "unknown")


def test_the_number_of_an_algorithm_alone_does_not_show_an_assessment(register):
    register.add(plan(), "Ann")
    register.file("m", filed("2026-09-01", ALGORITHM), "Ann")
    assert facts(register, "2026-10-01") == ("yes", "unknown")
    (left,) = register.due(date(2026, 10, 1))
    assert (left.policy, left.certain, left.overdue_since) == (LICENCE, False, None)
    register.file("m", filed("2026-09-02"), "Ann")
    assert facts(register, "2026-10-01") == ("yes", "yes")
    assert len(register.get("m").numbers) == 2
    assert register.due(date(2026, 10, 1)) == ()


def test_refused_and_filed_again(register):
    register.add(plan(), "Ann")
    register.file("m", filed("2026-09-01"), "Ann")
    register.file("m", Filing("refused", date(2026, 9, 20)), "Ann")
    register.file("m", filed("2026-10-20"), "Ann")
    assert facts(register, "2026-10-15") == ("yes", "no")
    assert facts(register, "2026-10-16") == ("no", "no")
    assert facts(register, "2026-10-20") == ("yes", "no")  # at its launch it was refused


def test_what_the_register_does_not_know(register):
    register.add(plan(None), "Ann")
    register.add(plan(id="e", code="", jurisdiction="EU"), "Ann")
    register.add(plan("2023-06-01", id="old", version="1"), "Ann")
    register.file("old", filed("2023-09-01", "Beijing-Old-20230901"), "Ann")
    assert facts(register, "2026-10-01") == ("unknown", "unknown")
    assert facts(register, "2026-10-01", "e") == ("unknown", "unknown")
    assert facts(register, "2026-10-01", "old") == ("yes", "unknown")


def test_a_year_without_a_calendar_is_unknown_between(register):
    """Launched Mon 2027-03-01: by weekends Mon 15; no sooner than Thu 11, no later than 29."""
    register.add(plan("2027-03-01"), "Ann")
    answers = [facts(register, f"2027-03-{day}")[0] for day in (11, 12, 15, 29, 30)]
    assert answers == ["yes", "unknown", "unknown", "unknown", "no"]
    (draft,) = (each for each in register.due(date(2027, 3, 20)) if each.policy == DRAFT)
    assert (draft.due, draft.certain, draft.overdue_since) == (date(2027, 3, 15), False, None)
    assert "2027" in draft.why


def test_what_is_due_and_overdue(register):
    register.add(plan(None, id="open", version="9"), "Ann")
    register.add(plan(), "Ann")
    register.add(plan("2026-10-30", id="next", version="4"), "Ann")
    register.add(plan(id="gone", version="5"), "Ann")
    register.file("gone", Filing("withdrawn", date(2026, 9, 1)), "Ann")
    register.add(plan(id="eu", version="6", jurisdiction="EU"), "Ann")
    rows = [(each.id, each.policy, str(each.due), str(each.overdue_since), each.certain)
            for each in register.due(date(2026, 10, 16))]  # fmt: skip
    assert rows == [
        ("m", LICENCE, "2026-09-23", "2026-09-24", True),
        ("m", DRAFT, "2026-10-15", "2026-10-16", True),
        ("next", LICENCE, "2026-10-29", "None", True),
        ("next", DRAFT, "2026-11-13", "None", True),
        ("open", DRAFT, "None", "None", False),
        ("open", LICENCE, "None", "None", False),
    ]
    assert {str(each.overdue_since) for each in register.due(date(2026, 10, 15))
            if each.policy == DRAFT} == {"None"}  # fmt: skip


@pytest.mark.parametrize(("name", "fact"), [(DRAFT, "filed"), (LICENCE, "licensed")])
def test_a_stamp_refuses_a_model_that_is_not_filed(register, name, fact):
    register.add(plan(), "Ann")
    said = Declaration(producer="Example Models Ltd", system="example-image", version="3.1")
    late, early = date(2026, 10, 16), date(2026, 10, 10)

    def stamped(on):
        context = Context(on=on, facts=register.facts("m", on))
        return stamp(b"# A walk\n\nWords.\n", said, policy(name), None, context)

    with pytest.raises(CannotLabel, match=fact):
        stamped(late)
    register.file("m", filed("2026-09-01"), "Ann")
    assert stamped(late).report.outcome in {Outcome.MET, Outcome.UNKNOWN}
    assert stamped(early).report.outcome is not Outcome.UNMET


# -- the ledger ----------------------------------------------------------------------------


class Pen:
    """A ledger that keeps its records in a list, and can lose its connection."""

    def __init__(self):
        self.names, self.records, self.broken = set(), [], False
        self.lock = threading.Lock()

    def append_once(self, named):
        with self.lock:
            if self.broken:
                raise LedgerError("gone")
            self.records += [each for name, each in named.items() if name not in self.names]
            self.names |= set(named)


def test_every_event_is_told_to_the_ledger_once_and_in_order(store):
    Models(store).add(plan(), "Ann", "secret reason")  # before there was a ledger
    pen = Pen()
    register = Models(store, pen)
    register.file("m", filed("2026-10-09"), "Ben")
    Models(store, pen)
    assert [(kind, body["state"], subject) for kind, body, subject in pen.records] == [
        ("filing", "planned", "m"), ("filing", "filed", "m"),
    ]  # fmt: skip
    assert pen.records[1][1]["number"] == NUMBER
    assert "Ann" not in str(pen.records)
    assert "secret" not in str(pen.records)


def test_what_a_ledger_missed_is_told_later(store):
    pen = Pen()
    register = Models(store, pen)
    pen.broken = True
    with pytest.raises(LedgerError):
        register.add(plan(), "Ann")
    pen.broken = False
    assert Models(store, pen).get("m").state == "planned"
    assert [subject for _, _, subject in pen.records] == ["m"]


class SlowPen(Pen):
    """So that another writer comes while one is telling."""

    def append_once(self, named):
        time.sleep(0.02)
        super().append_once(named)


def test_four_writers_tell_every_event_once(store):
    pen = SlowPen()

    def work(name):
        register = Models(store, pen)
        for n in range(4):
            register.add(plan(id=f"{name}-{n}", version=f"{name}.{n}"), "Ann")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    Models(store, pen)
    assert sorted(subject for _, _, subject in pen.records) == [
        f"{name}-{n}" for name in "abcd" for n in range(4)
    ]


# -- the command line ------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, database):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        capsys.readouterr()
        try:
            status = main(["models", *words, "--ledger", database]
                          if words[0] != "verify" else ["models", *words])  # fmt: skip
        except SystemExit as exited:
            status = exited.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_the_command_line_keeps_and_tells(run, tmp_path):
    added = ("add", "--id", "m", "--provider-code", CODE, "--name", "example-image", "--version",
             "3.1", "--launch", "2026-09-24", "--who", "Ann")  # fmt: skip
    assert run(*added)[0] == 0
    status, out, _ = run("due", "--on", "2026-10-16", "--json")
    rows = json.loads(out)["models"]
    assert status == 0
    assert {"id": "m", "state": "planned", "due": "2026-10-15"}.items() <= rows[1].items()
    assert "OVERDUE since 2026-10-16" in run("due", "--on", "2026-10-16")[1]
    (tmp_path / "notice.pdf").write_bytes(b"the notice")
    filing = ("file", "m", "--state", "filed", "--day", "2026-10-09", "--number", NUMBER)
    status, out, _ = run(*filing, "--document", "notice.pdf", "--json")
    assert (status, json.loads(out)["numbers"][0]["kind"]) == (0, "model")
    told = json.loads(run("show", "m", "--on", "2026-10-20", "--json")[1])
    assert told["history"][1]["documents"] == [hashlib.sha256(b"the notice").hexdigest()]
    assert told["facts"]["filed"]["answer"] == "yes"
    assert NUMBER in run("show", "m")[1]
    assert run("due", "--on", "2026-10-16")[1].count("m: filed") == 0


def test_the_command_line_refuses_in_one_line(run):
    for words in (
        ("add", "--id", "m", "--provider-code", "0011", "--name", "n", "--version", "1"),
        ("add", "--id", "\x1b[2J", "--provider-code", CODE, "--name", "n", "--version", "1"),
        ("file", "m", "--state", "filed", "--number", NUMBER),
        ("file", "m"),
        ("file", "m", "--state", "withdrawn", "--launch", "2027-01-01"),
        ("file", "m", "--state", "withdrawn", "--day", "tomorrow"),
        ("show", "m"),
        ("verify", "no.json"),
    ):
        status, out, err = run(*words)
        assert (status, out, err.count("\n")) == (2, "", 1), words
        assert "\x1b" not in err
