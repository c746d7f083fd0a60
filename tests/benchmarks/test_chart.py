"""The targets of a run as a picture."""

from xml.etree import ElementTree as ET

from benchmarks.chart import LEFT, _x, chart

HERE = {"cpu": "a <fast> one", "cores": 2, "python": "3.11", "when": "2026-01-01T00:00:00", "packages": {"trio": "1"}}


def target(measured, wanted, **more):
    return {"id": "T1", "what": "speed & ease", "target": wanted, "measured": measured, "unit": "x", **more}


def test_a_chart_is_valid_and_tells_met_from_short():
    """Whatever the names hold; a target of 0 has no scale, and is met or not."""
    targets = [target(1, 2, ok=True), target(4, 2, ok=False), target(0, 0, ok=True), target(3, 0, ok=False)]
    drawn = chart({"machine": HERE, "targets": targets})
    root = ET.fromstring(drawn)
    bars = [float(bar.get("width")) for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("x")]
    assert 4 == len(bars)
    assert bars[0] < _x(1.0) - LEFT < bars[1]
    assert bars[2] < bars[0] < bars[3]
    assert "T1 speed & ease" in "".join(root.itertext())
    assert "a <fast> one" in "".join(root.itertext())
