// Generated expressions as trees, so that a failing one can be made smaller.
'use strict';

/** An expression: its text with expressions in it. Use as a tag: node`${left} + ${right}`. */
function node(strings, ...children) {
  return { strings, children };
}

/** Expressions one after another, of which each may be left out. */
function list(children, separator) {
  return { children, separator };
}

function text(tree) {
  if (typeof tree !== 'object') return String(tree);
  if (tree.separator !== undefined) return tree.children.map(text).join(tree.separator);
  return tree.strings.reduce((all, string, place) => all + text(tree.children[place - 1]) + string);
}

/** Smaller trees, each with one change: a part less, or a part in place of what it is a part of. */
function* smaller(tree) {
  if (typeof tree !== 'object') return;
  for (const child of tree.children) if (typeof child === 'object') yield child;
  for (const [place, child] of tree.children.entries()) {
    const replaced = (other) => tree.children.map((old, at) => (at === place ? other : old));
    if (tree.separator !== undefined) yield { ...tree, children: tree.children.filter((_, at) => at !== place) };
    for (const other of smaller(child)) yield { ...tree, children: replaced(other) };
    if (typeof child === 'object' && text(child).length > 1) yield { ...tree, children: replaced('1') };
    if (typeof child === 'object' && text(child).length > 1) yield { ...tree, children: replaced('a') };
  }
}

/** Smaller documents, each with one change. */
function* smallerDocuments(value) {
  if (typeof value !== 'object' || value === null) return;
  const entries = Object.entries(value);
  const build = (entries) =>
    Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
  for (const [, member] of entries) yield member;
  for (const [place] of entries.entries()) yield build(entries.filter((_, at) => at !== place));
  for (const [place, [name, member]] of entries.entries()) {
    const others = [...smallerDocuments(member), ...(typeof member === 'object' && member ? [1] : [])];
    for (const other of others) yield build(entries.map((old, at) => (at === place ? [name, other] : old)));
  }
}

/** The text with something wrong in it, which the number decides. */
function broken(text, damage) {
  const at = damage % (text.length + 1);
  const sign = '()[]{}.,;:?~>|^@#%*"/$1a=!<-+&'[damage % 31];
  const changed = damage % 2 ? text.slice(0, at) + text.slice(at + 1) : text.slice(0, at) + sign + text.slice(at);
  // Half a surrogate pair is no text.
  return changed.toWellFormed();
}

module.exports = { node, list, text, smaller, smallerDocuments, broken };
