import pytest
from ets_ledger.domain.merkle import (
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    leaf_hash,
    root_of,
    roots_of,
)
from hypothesis import given
from hypothesis import strategies as st

# The leaves, roots and proofs that implementations of RFC 6962 are tested with (Certificate Transparency).
LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_tree_heads_are_those_of_the_published_vectors(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_tree_heads_of_several_sizes_are_made_in_one_pass() -> None:
    assert {size: root.hex() for size, root in roots_of(LEAVES, range(10)).items()} == dict(enumerate(ROOTS))
    assert roots_of(LEAVES, []) == {}


def test_inclusion_and_consistency_paths_are_those_of_the_published_vectors() -> None:
    assert [node.hex() for node in inclusion_path(0, LEAVES)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [node.hex() for node in consistency_path(6, LEAVES)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@given(st.integers(1, 70), st.data())
def test_an_inclusion_path_proves_its_leaf_and_no_other(size: int, data: st.DataObject) -> None:
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, tree)
    proof = {"index": index, "tree_size": size, "root": root_of(tree)}

    assert is_included(leaf=tree[index], path=path, **proof)
    assert not is_included(leaf=leaf_hash(b"other"), path=path, **proof)
    assert not is_included(leaf=tree[index], path=[*path, tree[0]], **proof)
    if path:
        assert not is_included(leaf=tree[index], path=path[:-1], **proof)
    assert not is_included(leaf=tree[index], index=size, tree_size=size, path=path, root=root_of(tree))


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_consistency_path_proves_that_the_tree_only_grew(a: int, b: int) -> None:
    old, new = sorted((a, b))
    tree = leaves(new)
    path = consistency_path(old, tree)
    sizes = {"old_size": old, "new_size": new}

    assert is_consistent(old_root=root_of(tree[:old]), new_root=root_of(tree), path=path, **sizes)
    if old:
        rewritten = [leaf_hash(b"rewritten"), *tree[1:]]
        assert not is_consistent(
            old_root=root_of(tree[:old]), new_root=root_of(rewritten), path=path, **sizes
        )
        other = consistency_path(old, rewritten)
        assert not is_consistent(
            old_root=root_of(tree[:old]), new_root=root_of(rewritten), path=other, **sizes
        )
    if path:
        assert not is_consistent(
            old_root=root_of(tree[:old]), new_root=root_of(tree), path=path[:-1], **sizes
        )
    assert not is_consistent(
        old_size=new + 1, new_size=new, old_root=root_of(tree), new_root=root_of(tree), path=path
    )
