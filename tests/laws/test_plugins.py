"""The laws for containers and schemas, held against the built-in ones."""

import pytest
from laws.samples import NAMES, asset, sample

from aigclabel import Plugins
from aigclabel.protocols import Limits
from aigclabel.testing import check_container, check_schema

CONTAINERS = Plugins()
SCHEMAS = tuple(CONTAINERS.vocabulary().values())


@pytest.mark.parametrize("name", NAMES)
def test_a_container_splices_what_it_was_asked_to_and_nothing_else(name):
    it = sample(name)
    check_container(CONTAINERS.container(it.media_type), [(it.media_type, it.data)])


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda each: each.id)
def test_a_schema_finds_what_it_spells(schema):
    check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_media_grafted_into_a_file_leave_its_values_alone(name):
    """A graft of a file's own media is the file again, as far as anybody can read it."""
    it = sample(name)
    container = CONTAINERS.container(it.media_type)
    with asset(name).stream() as stream, asset(name).stream() as media:
        layout = container.scan(stream, it.media_type, Limits())
        segments, _ = container.graft(stream, layout, media)
        made = _poured(segments, stream, media)
    with_labels = container.scan(made, it.media_type, Limits())
    assert _values(with_labels) == _values(layout)
    assert with_labels.whole
    assert not with_labels.faults


def _poured(segments, *streams):
    from io import BytesIO

    from aigclabel.segments import write

    out = BytesIO()
    write(segments, streams, out)
    return out


def _values(layout):
    return sorted((s.kind, s.name, s.data) for s in layout.slots if s.kind != "exif")
