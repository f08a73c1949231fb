"""Layouts: worked out once for all objects with the same keys, and a bounded number of them kept."""

from collectors.layout import by_keys, lookup


def counting():
    """Give a layout that says how many keys there are, and the list of keys that it was worked out from."""
    seen = []

    @by_keys
    def size(keys):
        seen.append(keys)
        return len(keys)

    return size, seen


def test_objects_with_the_same_keys_share_a_layout():
    """Values do not matter; another key, or another order, does."""
    size, seen = counting()
    assert [2, 2, 2, 1] == [size({"a": 1, "b": 2}), size({"a": [], "b": None}), size({"b": 1, "a": 2}), size({"a": 1})]
    assert [("a", "b"), ("b", "a"), ("a",)] == seen


def test_a_device_that_makes_up_keys_costs_time_and_no_room():
    """Ever new keys push out the layouts of before, and absurdly long ones are not kept at all."""
    size, seen = counting()
    for number in range(1000):
        size({f"key{number}": 1})
    assert 1000 == len(seen)
    for _ in range(2):
        size({"k" * 100_000: 1})
    assert 1002 == len(seen)
    size({"key999": 1})
    assert 1002 == len(seen)


def test_values_are_looked_up_together():
    """What an object has not is None, and so is what has no name."""
    source = {"a": 1, "b": 2}
    assert (2, 1) == lookup(source.keys(), ("b", "a"))(source)
    assert (1,) == lookup(source.keys(), ("a",))(source)
    assert (1, None, None) == lookup(source.keys(), ("a", "c", None))(source)
    assert () == lookup(source.keys(), ())(source)
