// Documents that the expressions of `expressions.js` find something in.
'use strict';

/** The members that documents have and paths name. */
const NAMES = ['a', 'b', 'c', 'n', 's', 'o', 'l', 'm'];
const NUMBERS = [0, 1, 2, 3, 5, 10, -1, -2, 0.5, 1.5, 2.5, -0.5, 100, 1000, 1234.5678, 1e21, 1e-7];
const STRINGS = ['', 'a', 'b', 'c', 'ab', 'abc', 'x y', 'Hello World', '12', '-3.5', 'true', 'ü€', '😀b', ' a  b\n', 'A'];

function number(random) {
  return random.often(0.8) ? random.below(6) : random.pick(NUMBERS);
}

function string(random) {
  return random.pick(STRINGS);
}

function scalar(random) {
  return random.choose(5, () => number(random), 4, () => string(random), 1, () => random.often(0.5), 1, () => null);
}

function array(random, depth, item = value) {
  const length = random.choose(1, () => 0, 2, () => 1, 4, () => 2, 3, () => 3, 1, () => 4);
  return Array.from({ length }, () => item(random, depth - 1));
}

function object(random, depth) {
  const made = {};
  for (const name of NAMES) if (random.often(0.5)) made[name] = member(random, name, depth - 1);
  return made;
}

/** What a member is like follows from its name, mostly. */
function member(random, name, depth) {
  if (depth <= 0 && 'olm'.includes(name)) return scalar(random);
  if (random.often(0.1)) return value(random, depth);
  switch (name) {
    case 'n': return number(random);
    case 's': return string(random);
    case 'o': return object(random, depth);
    case 'l': return array(random, depth, object);
    case 'm': return array(random, depth, (random, depth) => array(random, depth));
    default: return value(random, depth);
  }
}

function value(random, depth) {
  if (depth <= 0) return scalar(random);
  return random.choose(4, () => scalar(random), 3, () => object(random, depth), 3, () => array(random, depth));
}

/** A whole document; undefined where there is no input. */
function document(random) {
  return random.choose(
    14, () => object(random, 4),
    3, () => array(random, 4, object),
    1, () => array(random, 3),
    1, () => scalar(random),
    0.5, () => undefined,
  );
}

module.exports = { document, NAMES, NUMBERS, STRINGS };
