"""The Merkle tree of RFC 6962, section 2.1, over SHA-256.

Functions take and return leaf hashes, so that a tree can be grown without keeping the leaves.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; its prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the tree head of these leaves.

    Pairing level by level and carrying an odd last node up gives the RFC's tree: its split at the largest
    power of two below n fills every left subtree.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def roots_of(leaf_hashes: Sequence[bytes], sizes: Collection[int]) -> Mapping[int, bytes]:
    """Return the tree heads of the first so many leaves, for each size that there is, in one pass over them."""
    roots = {0: EMPTY_ROOT} if 0 in sizes else {}
    # Complete subtrees from the left, with their sizes: as in a binary number, each half as large at most as the last.
    subtrees: list[tuple[int, bytes]] = []
    for count, leaf in enumerate(leaf_hashes, start=1):
        size, node = 1, leaf
        while subtrees and subtrees[-1][0] == size:
            node = node_hash(subtrees.pop()[1], node)
            size *= 2
        subtrees.append((size, node))
        if count in sizes:
            roots[count] = reduce(
                lambda right, left: node_hash(left, right), [node for _, node in reversed(subtrees)]
            )
    return roots


def inclusion_path(index: int, leaf_hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` (RFC 6962, 2.1.1), nearest the leaf first."""
    path: list[bytes] = []
    level = list(leaf_hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level, index = paired, index // 2
    return tuple(path)


def is_included(*, leaf: bytes, index: int, tree_size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the audit path leads from a leaf hash to the tree head."""
    if not 0 <= index < tree_size:
        return False
    position, last, current = index, tree_size - 1, leaf
    rest = list(path)
    while last:
        if position % 2 or position < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            current = node_hash(sibling, current) if position % 2 else node_hash(current, sibling)
        position, last = position // 2, last // 2
    return not rest and current == root


def consistency_path(old_size: int, leaf_hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the proof that the first `old_size` leaves are a prefix of these (RFC 6962, 2.1.2)."""
    if old_size in (0, len(leaf_hashes)):
        return ()
    return tuple(_subproof(old_size, leaf_hashes, is_whole=True))


def _subproof(old_size: int, leaf_hashes: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    size = len(leaf_hashes)
    if old_size == size:
        return [] if is_whole else [root_of(leaf_hashes)]
    split = 1 << ((size - 1).bit_length() - 1)
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if old_size <= split:
        return [*_subproof(old_size, left, is_whole=is_whole), root_of(right)]
    return [*_subproof(old_size - split, right, is_whole=False), root_of(left)]


def is_consistent(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether the proof shows that the new tree only appended to the old one."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    rest = list(path)
    node, last = old_size - 1, new_size - 1
    while node % 2:
        node, last = node // 2, last // 2
    if node and not rest:
        return False
    old = new = rest.pop(0) if node else old_root
    while last:
        if node % 2 or node < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            if node % 2:
                old, new = node_hash(sibling, old), node_hash(sibling, new)
            else:
                new = node_hash(new, sibling)
        node, last = node // 2, last // 2
    return not rest and old == old_root and new == new_root
