"""Ten working days across the holidays of 2024 to 2026, counted by hand on the notices."""

from datetime import date, timedelta

import pytest

from aigclabel.errors import UsageError
from aigclabel.intake.workdays import calendar

CN = calendar()


def days(text, month, year):
    """`29 30 | 8 9`: days of a month, and of the next after each bar."""
    found = []
    for part in text.split("|"):
        found += [date(year, month, int(day)) for day in part.split()]
        month += 1
    return found


# What is written out are the ten working days themselves, read off the notice.
SPRING_AND_AUTUMN = [
    # 2024: off Feb 10-17, worked Sun Feb 4 and Sun Feb 18; Fri Feb 9 is worked.
    # launched Fri Jan 26: the tenth is Thu Feb 8, the day before the last day worked.
    (date(2024, 1, 26), days("29 30 31 | 1 2 4 5 6 7 8", 1, 2024)),
    # launched Sat Jan 27: the same ten.
    (date(2024, 1, 27), days("29 30 31 | 1 2 4 5 6 7 8", 1, 2024)),
    # launched Mon Jan 29: ends on the eve of the festival, Fri Feb 9.
    (date(2024, 1, 29), days("30 31 | 1 2 4 5 6 7 8 9", 1, 2024)),
    # launched Tue Jan 30: the tenth falls behind the festival, on the worked Sunday.
    (date(2024, 1, 30), days("31 | 1 2 4 5 6 7 8 9 18", 1, 2024)),
    (date(2024, 2, 9), days("18 19 20 21 22 23 26 27 28 29", 2, 2024)),
    (date(2024, 2, 12), days("18 19 20 21 22 23 26 27 28 29", 2, 2024)),
    (date(2024, 2, 17), days("18 19 20 21 22 23 26 27 28 29", 2, 2024)),
    (date(2024, 2, 18), days("19 20 21 22 23 26 27 28 29 | 1", 2, 2024)),
    # 2024: off Sep 15-17 (worked Sat Sep 14), off Oct 1-7, worked Sun Sep 29 and Sat Oct 12.
    (date(2024, 9, 13), days("14 18 19 20 23 24 25 26 27 29", 9, 2024)),
    (date(2024, 9, 14), days("18 19 20 23 24 25 26 27 29 30", 9, 2024)),
    (date(2024, 9, 18), days("19 20 23 24 25 26 27 29 30 | 8", 9, 2024)),
    (date(2024, 9, 30), days("8 9 10 11 12 14 15 16 17 18", 10, 2024)),
    (date(2024, 10, 7), days("8 9 10 11 12 14 15 16 17 18", 10, 2024)),
    # 2025: off Jan 28-Feb 4, worked Sun Jan 26 and Sat Feb 8.
    (date(2025, 1, 14), days("15 16 17 20 21 22 23 24 26 27", 1, 2025)),
    (date(2025, 1, 15), days("16 17 20 21 22 23 24 26 27 | 5", 1, 2025)),
    (date(2025, 1, 27), days("5 6 7 8 10 11 12 13 14 17", 2, 2025)),
    (date(2025, 2, 4), days("5 6 7 8 10 11 12 13 14 17", 2, 2025)),
    # 2025: off Oct 1-8, worked Sun Sep 28 and Sat Oct 11.
    (date(2025, 9, 17), days("18 19 22 23 24 25 26 28 29 30", 9, 2025)),
    (date(2025, 9, 18), days("19 22 23 24 25 26 28 29 30 | 9", 9, 2025)),
    (date(2025, 9, 30), days("9 10 11 13 14 15 16 17 20 21", 10, 2025)),
    (date(2025, 10, 8), days("9 10 11 13 14 15 16 17 20 21", 10, 2025)),
    # 2026: off Feb 15-23, worked Sat Feb 14 and Sat Feb 28.
    (date(2026, 2, 2), days("3 4 5 6 9 10 11 12 13 14", 2, 2026)),
    (date(2026, 2, 3), days("4 5 6 9 10 11 12 13 14 24", 2, 2026)),
    (date(2026, 2, 10), days("11 12 13 14 24 25 26 27 28 | 2", 2, 2026)),
    (date(2026, 2, 14), days("24 25 26 27 28 | 2 3 4 5 6", 2, 2026)),
    (date(2026, 2, 23), days("24 25 26 27 28 | 2 3 4 5 6", 2, 2026)),
    # 2026: off Sep 25-27 and Oct 1-7, worked Sun Sep 20 and Sat Oct 10.
    (date(2026, 9, 17), days("18 20 21 22 23 24 28 29 30 | 8", 9, 2026)),
    (date(2026, 9, 16), days("17 18 20 21 22 23 24 28 29 30", 9, 2026)),
    (date(2026, 9, 24), days("28 29 30 | 8 9 10 12 13 14 15", 9, 2026)),
    (date(2026, 9, 30), days("8 9 10 12 13 14 15 16 19 20", 10, 2026)),
    (date(2026, 10, 7), days("8 9 10 12 13 14 15 16 19 20", 10, 2026)),
]


@pytest.mark.parametrize(("launch", "worked"), SPRING_AND_AUTUMN, ids=lambda each: str(each)[:10])
def test_ten_working_days_across_the_holidays(launch, worked):
    assert len(worked) == 10
    last = CN.after(launch, 10)
    assert (last.day, last.certain) == (worked[-1], True)
    assert (last.earliest, last.latest, last.why) == (last.day, last.day, "")
    between = [launch + timedelta(n) for n in range(1, (last.day - launch).days + 1)]
    assert [day for day in between if CN.works(day)] == worked


def test_each_year_names_its_notice_and_how_sure_it_is():
    assert [each.year for each in CN.years] == [2023, 2024, 2025, 2026]
    for each in CN.years:
        assert str(each.year) in each.notice
        assert each.dated.year == each.year - 1
        assert "not looked up" in each.confidence
        assert all(day.weekday() in {5, 6} for day in each.work)
        assert not each.work & each.off


def test_the_days_off_are_as_many_as_the_law_gives():
    """Days off that are not a weekend, less weekends that are worked: 11 public holidays, from
    2025 on 13 (Order no. 795, in force 2025-01-01; general knowledge), less those that fall on a
    weekend and are not moved."""
    for year, public in ((2023, 11), (2024, 11), (2025, 13), (2026, 13)):
        (held,) = (each for each in CN.years if each.year == year)
        off = [day for day in held.off if day.weekday() < 5]
        assert len(off) - len(held.work) <= public
        assert len(off) - len(held.work) >= public - 2


def test_a_year_that_is_not_there_is_said_to_be_uncertain():
    last = CN.after(date(2027, 3, 1), 10)
    assert (last.day, last.certain) == (date(2027, 3, 15), False)
    assert last.earliest == date(2027, 3, 11)
    assert last.latest > last.day
    assert "2027" in last.why
    assert "weekends alone" in last.why


def test_a_term_into_a_year_that_is_not_there_is_uncertain():
    assert CN.after(date(2026, 12, 10), 10).certain
    assert CN.after(date(2026, 12, 10), 10).day == date(2026, 12, 24)
    late = CN.after(date(2026, 12, 11), 10)
    assert (late.day, late.certain) == (date(2026, 12, 25), False)  # the next notice may move it
    assert CN.after(date(2025, 12, 26), 10).certain


def test_a_year_before_the_first_is_uncertain_too():
    assert not CN.after(date(2022, 6, 1), 10).certain


@pytest.mark.parametrize("count", [0, -1, 401])
def test_a_count_that_makes_no_sense_is_refused(count):
    with pytest.raises(UsageError, match="1 to 400"):
        CN.after(date(2026, 1, 1), count)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_at_the_end_of_time_is_refused(day):
    with pytest.raises(UsageError, match="real day"):
        CN.after(day, 10)


@pytest.mark.parametrize("name", ["", "xx", "../cn", "cn/../cn", "no.toml"])
def test_another_name_is_refused_in_one_line(name):
    with pytest.raises(UsageError) as told:
        calendar(name)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["", "id = 'x'", "id=[", 'id="a"\ntitle="b"\nweekend=[5]\n'])
def test_a_file_that_is_no_calendar_is_refused(tmp_path, text):
    (tmp_path / "own.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="no calendar"):
        calendar(tmp_path / "own.toml")


def test_a_calendar_of_ones_own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        'id="own"\ntitle="t"\nweekend=[4, 5]\nmoved_from="12-25"\n[[year]]\nyear=2027\n'
        'notice="n"\nnumber="1"\ndated=2026-11-01\nconfidence="mine"\n'
        "off=[{name='x', from=2027-03-02, to=2027-03-03}]\nwork=[2027-03-05]\n",
        "utf-8",
    )
    own = calendar(path)
    # Mon 1; off 2, 3; Thu 4, worked Fri 5, off Sat 6, Sun 7.
    assert own.after(date(2027, 3, 1), 3).day == date(2027, 3, 7)
