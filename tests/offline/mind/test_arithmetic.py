"""Sums in words and figures."""

from __future__ import annotations

import pytest

from voice_actors.offline.mind.arithmetic import answer_sum
from voice_actors.offline.mind.text import read

SUMS = [
    ("What is 12 times 30?", "12 times 30 is 360."),
    ("three plus four times five", "3 plus 4 times 5 is 23."),
    ("( 3 + 4 ) * 5", "3 plus 4 times 5 is 35."),
    ("open bracket 3 plus 4 close bracket times 5", "3 plus 4 times 5 is 35."),
    ("two hundred and five minus seventeen point five", "205 minus 17.5 is 187.5."),
    ("one million two hundred thousand plus one", "1200000 plus 1 is 1200001."),
    ("a thousand divided by eight", "1000 divided by 8 is 125."),
    ("divide 100 by 7", "100 divided by 7 is about 14.2857."),
    ("what do you get if you multiply 6 by 7", "6 times 7 is 42."),
    ("the sum of 5 and 7", "5 plus 7 is 12."),
    ("four fifths of 35", "4 fifths of 35 is 28."),
    ("how much in 12 plus 9", "12 plus 9 is 21."),
    ("40% on 90", "40 percent of 90 is 36."),
    ("take 10 percent off 70", "70 with 10 percent off is 63."),
    ("ten percent more than 50", "50 plus 10 percent is 55."),
    ("add up 4, 9 and 20", "The sum of 4, 9 and 20 is 33."),
    ("if I multiply 6 by 12, what do I get?", "6 times 12 is 72."),
    ("three quarters in 48", "3 quarters of 48 is 36."),
    ("multiplied 6 buy 9", None),
    ("the square route of 49", "The square root of 49 is 7."),
    ("12 tines 4", "12 times 4 is 48."),
    ("64 devided by 4", "64 divided by 4 is 16."),
    ("a half minus one quarter", "A half minus a quarter is 0.25."),
    ("one and two thirds times six", "1 and 2 thirds times 6 is 10."),
    ("1/8 of 64", "1 divided by 8 of 64 is 8."),
    ("half a million minus one", "500000 minus 1 is 499999."),
    ("seven less than fifty", "50 minus 7 is 43."),
    ("9 subtracted from 4", "4 minus 9 is minus 5."),
    ("60 plus 5 percent", "60 plus 5 percent is 63."),
    ("the mean of 1, 2, 3 and 4", "The mean of 1, 2, 3 and 4 is 2.5."),
    ("what is the smallest of seven, minus", None),
    ("How often does nine go into 108?", "108 divided by 9 is 12."),
    ("the remainder of 29 divided by 8", "29 modulo 8 is 5."),
    ("three to the fourth", "3 to the power of 4 is 81."),
    ("the difference between 10 and 4", "10 minus 4 is 6."),
    ("add five to six", "5 plus 6 is 11."),
    ("subtract 3 from 10", "10 minus 3 is 7."),
    ("add 5 and for", "5 plus 4 is 9."),
    ("2 to the power of 10", "2 to the power of 10 is 1024."),
    ("two to the third power", "2 to the power of 3 is 8."),
    ("2 to the power of minus 2", "2 to the power of minus 2 is 0.25."),
    ("2 to the power of 0.5", "2 to the power of 0.5 is about 1.4142."),
    ("nine squared plus two cubed", "9 squared plus 2 cubed is 89."),
    ("the square root of 144", "The square root of 144 is 12."),
    ("cube root of 27", "The cube root of 27 is 3."),
    ("cube root of minus 8", "The cube root of minus 8 is minus 2."),
    ("5 factorial", "5 factorial is 120."),
    ("half of 90", "Half of 90 is 45."),
    ("a third of 90", "A third of 90 is 30."),
    ("a quarter of 10", "A quarter of 10 is 2.5."),
    ("twice 4 plus triple 3", "Twice 4 plus three times 3 is 17."),
    ("the square of 9", "The square of 9 is 81."),
    ("17 modulo 5", "17 modulo 5 is 2."),
    ("15 percent of 240", "15 percent of 240 is 36."),
    ("20% off 50", "50 with 20 percent off is 40."),
    ("minus five plus three", "Minus 5 plus 3 is minus 2."),
    ("five minus minus three", "5 minus minus 3 is 8."),
    ("8 take away 3 equals what", "8 minus 3 is 5."),
    ("What does 8 times 7 equal, please?", "8 times 7 is 56."),
    ("0.1 plus 0.2", "0.1 plus 0.2 is 0.3."),
    ("square root of 2 times square root of 2", "The square root of 2 times the square root of 2 is about 2."),
    ("100 divided by 0", "You cannot divide by zero."),
    ("0 to the power of minus 1", "You cannot divide by zero."),
    ("5 modulo 0", "You cannot divide by zero."),
    ("square root of minus 4", "A negative number has no real square root."),
    ("minus 8 to the power of 0.5", "That has no answer among the real numbers that I can handle."),
    ("9 to the power of 999999999", "That number is too big for me."),
    ("200 factorial", "I can do factorials of whole numbers up to 100."),
    ("1 divided by 1000000", "1 divided by 1000000 is about 1 times 10 to the power of minus 6."),
    ("2 to the power of 60", "2 to the power of 60 is about 1.153 times 10 to the power of 18."),
]


@pytest.mark.parametrize(("words", "told"), SUMS, ids=[words for words, _ in SUMS])
def test_works_out_what_is_asked(words, told):
    """Number words, figures, precedence, brackets and prefixes come out exactly; what has no value says why."""
    assert told == answer_sum(read(words))


@pytest.mark.parametrize(
    "words",
    ["", "what is love", "seven", "what is seven", "my number is 5", "3 plus", "plus 3 plus", "multiply", "divide 5",
     "the sum of", "subtract 3 to 5", "two cats and three dogs", "( 3 plus 4", "add to", "call 5 or 6"],
)  # fmt: skip
def test_what_is_no_sum_is_left_to_others(words):
    """Numbers without an operation, and operations without numbers, are no sums."""
    assert answer_sum(read(words)) is None


def test_endless_sums_are_refused():
    """More than a hundred numbers, or brackets nested too deep, are not worked out."""
    assert answer_sum(read(" plus ".join(["1"] * 101))) is None
    assert answer_sum(read("( " * 25 + "1 plus 1" + " )" * 25)) is None
