"""Small mistakes to make in a module, one at a time: a mutant is one place of one function, written wrongly.

Only what stands inside functions is changed. Module and class level (tables, enumerations, defaults), annotations,
docstrings and decorators are left alone, and so are two words of ours that can change nothing a test could see:
``strict=`` of ``zip`` and ``assert``.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

UNCHANGED_KEYWORDS = ("strict",)
DEFINED_ONCE = ("annotation", "returns", "decorator_list")
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "ceil": "floor", "floor": "ceil"}


@dataclass
class Mutant:
    """One change. ``key`` stays the same while the function's text and the change do, whatever stands around it."""

    function: str
    line: int
    before: str
    after: str
    key: str
    holder: ast.AST = field(repr=False)
    name: str = field(repr=False)
    index: int | None = field(repr=False)
    new: Any = field(repr=False)


class Source:
    """A module's text, its functions and their mutants."""

    def __init__(self, text: str, filename: str) -> None:
        self.filename = filename
        self.tree = ast.parse(text)
        self.text = text

    def mutants(self) -> list[Mutant]:
        """Every mutant, in the order of the text."""
        return [mutant for name, function in functions(self.tree) for mutant in self._of(name, function)]

    def codes(self, mutant: Mutant) -> list[CodeType]:
        """The mutated function's code, then that of the functions inside it. The tree is as before afterwards."""
        with _changed(mutant):
            module = compile(self.tree, self.filename, "exec", dont_inherit=True)
        code = next(code for code in _inside(module) if code.co_qualname == mutant.function)
        return [code, *_inside(code)]

    def _of(self, name: str, function: ast.FunctionDef) -> Iterator[Mutant]:
        written = ast.get_source_segment(self.text, function) or ""
        seen: dict[str, int] = {}
        for node, holder, field_name, index in _places(function):
            before = _first_line(node)
            for new in _variants(node):
                if not hasattr(new, "lineno"):
                    ast.fix_missing_locations(ast.copy_location(new, node))
                after = _first_line(new)
                change = f"{before} → {after}"
                seen[change] = seen.get(change, 0) + 1
                told = "\0".join((self.filename, name, written, change, str(seen[change])))
                key = hashlib.sha256(told.encode()).hexdigest()[:16]
                yield Mutant(name, node.lineno, before, after, key, holder, field_name, index, new)


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions of the module and methods of its classes by qualified name; what is inside one belongs to it."""

    def walk(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
        for node in body:
            if isinstance(node, ast.FunctionDef):
                yield prefix + node.name, node
            elif isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{prefix}{node.name}.")

    return walk(tree.body, "")


def _places(function: ast.FunctionDef) -> Iterator[tuple[Any, ast.AST, str, int | None]]:
    """Every statement and expression of the body, with where it hangs."""

    def walk(holder: ast.AST) -> Iterator[tuple[Any, ast.AST, str, int | None]]:
        for name, value in ast.iter_fields(holder):
            if name in DEFINED_ONCE or (name == "args" and isinstance(holder, ast.FunctionDef)):
                continue
            for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(node, ast.AST) or _left_alone(node):
                    continue
                if isinstance(node, ast.expr | ast.stmt):
                    yield node, holder, name, index
                yield from walk(node)

    return walk(function)


def _left_alone(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Assert | ast.JoinedStr)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.keyword) and node.arg in UNCHANGED_KEYWORDS)
    )


def _variants(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901, PLR0912, PLR0915 - one table
    """What may stand wrongly in the place of ``node``."""
    match node:
        case ast.Constant(value=bool() as flag):
            yield ast.Constant(not flag)
        case ast.Constant(value=int() as number):
            yield ast.Constant(number + 1)
        case ast.Constant(value=str() as text):
            yield ast.Constant(_other(text))
        case ast.Compare(ops=[op]):
            for other in COMPARISONS[type(op)]:
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.Compare():
            for place, op in enumerate(node.ops):
                for other in COMPARISONS[type(op)]:
                    yield ast.Compare(node.left, [*node.ops[:place], other(), *node.ops[place + 1 :]], node.comparators)
        case ast.BinOp(left, op, right) if type(op) in OPERATORS:
            yield ast.BinOp(left, OPERATORS[type(op)](), right)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Call():
            yield from _calls(node)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            for place, loop in enumerate(node.generators):
                if loop.ifs:
                    yield type(node)(node.elt, _unfiltered(node.generators, place))
        case ast.DictComp():
            for place, loop in enumerate(node.generators):
                if loop.ifs:
                    yield ast.DictComp(node.key, node.value, _unfiltered(node.generators, place))
        case ast.If():
            yield ast.If(ast.Constant(value=True), node.body, node.orelse)
            yield ast.If(ast.Constant(value=False), node.body, node.orelse)
        case ast.While():
            yield ast.While(ast.Constant(value=False), node.body, node.orelse)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Assign(targets, value):
            yield ast.Assign(targets, ast.Constant("" if _is_none(value) else None))
        case ast.AnnAssign(target, annotation, value, simple) if value is not None:
            yield ast.AnnAssign(target, annotation, ast.Constant("" if _is_none(value) else None), simple)
        case ast.AugAssign(target, op, value):
            if type(op) in OPERATORS:
                yield ast.AugAssign(target, OPERATORS[type(op)](), value)
            yield ast.Assign([target], value)
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Raise() | ast.Expr(value=ast.Call()) if not _asks_super(node):
            yield ast.Pass()
        case _:
            return


def _calls(call: ast.Call) -> Iterator[ast.AST]:
    """Another function of the same shape, no value for an argument, one keyword less."""
    if isinstance(call.func, ast.Name) and call.func.id in CALLS:
        other = ast.Name(CALLS[call.func.id], ast.Load())
        keywords = call.keywords if other.id != "list" else []
        yield ast.Call(other, call.args, keywords)
    for place, value in enumerate(call.args):
        if not isinstance(value, ast.Starred) and not _is_none(value):
            yield ast.Call(call.func, [*call.args[:place], ast.Constant(None), *call.args[place + 1 :]], call.keywords)
    for place, keyword in enumerate(call.keywords):
        if keyword.arg not in (None, *UNCHANGED_KEYWORDS):
            yield ast.Call(call.func, call.args, [*call.keywords[:place], *call.keywords[place + 1 :]])


def _asks_super(node: ast.AST) -> bool:
    """Without ``super()`` a method has no cell for its class, and cannot be exchanged for one that has."""
    return any(isinstance(each, ast.Name) and each.id == "super" for each in ast.walk(node))


def _unfiltered(loops: list[ast.comprehension], place: int) -> list[ast.comprehension]:
    loop = loops[place]
    return [*loops[:place], ast.comprehension(loop.target, loop.iter, [], loop.is_async), *loops[place + 1 :]]


def _other(text: str) -> str:
    """Another number when the text is one, else another word."""
    return str(int(text) + 1) if text.isascii() and text.isdigit() else f"XX{text}XX"


def _is_none(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


@contextmanager
def _changed(mutant: Mutant) -> Iterator[None]:
    held = getattr(mutant.holder, mutant.name)
    if mutant.index is None:
        setattr(mutant.holder, mutant.name, mutant.new)
    else:
        setattr(mutant.holder, mutant.name, [*held[: mutant.index], mutant.new, *held[mutant.index + 1 :]])
    try:
        yield
    finally:
        setattr(mutant.holder, mutant.name, held)


def _inside(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inside(constant)


def _first_line(node: ast.AST) -> str:
    lines = ast.unparse(node).splitlines()
    return lines[0] if lines else ""
