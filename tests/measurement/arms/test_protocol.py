"""Requests to arms: each is a method of a sampler, and survives its line."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from parbench.measurement.arms import protocol
from parbench.measurement.arms.cell_arm import CellSampler
from parbench.measurement.arms.control_arm import ControlSampler
from parbench.measurement.arms.protocol import ControlSpec, Failure, Request, Resize, decode_answer, decode_spec, encode


@pytest.mark.parametrize("request_type", Request.__subclasses__(), ids=lambda each: each.name)
def test_each_request_is_a_method_of_a_sampler(request_type: type[Request[object]]) -> None:
    """Parameters of the method are the fields of the request, and it returns the answer of the request."""
    methods = [getattr(sampler, request_type.name, None) for sampler in (CellSampler, ControlSampler)]
    assert any(methods)
    for method in filter(None, methods):
        signature = inspect.signature(method)
        assert list(signature.parameters)[1:] == [each.name for each in fields(request_type)]  # type: ignore[arg-type]
        assert signature.return_annotation == request_type.answer.__name__


def test_lines_are_read_as_they_were_written() -> None:
    """A specification, a request, its answer and a failure are the same after their way through a line."""
    spec, request = ControlSpec([0, 1], pinned=False), Resize(5)
    assert decode_spec(encode(spec)) == spec
    assert protocol.decode_request(encode(request)) == request
    for answer in (protocol.Duration(0.5), Failure("crash", "it died.")):
        assert decode_answer(request, encode(answer).encode()) == answer
