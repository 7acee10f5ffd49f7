// Random calls of the functions that every expression knows, with the arguments they want and others.
'use strict';

const { node, list } = require('./tree.js');

/**
 * Every function: its name, the types of its parameters as `Generator.typed` has them (capitals are words of this file),
 * how many must be given, and the type of its value. Absent is what differs each time, and what Step Functions adds.
 */
const FUNCTIONS = [
  ['sum', 'a', 1, 'n'], ['count', 'a', 1, 'n'], ['max', 'a', 1, 'n'], ['min', 'a', 1, 'n'], ['average', 'a', 1, 'n'],
  ['append', 'aa', 2, 'a'], ['reverse', 'a', 1, 'a'], ['zip', 'aaa', 1, 'a'], ['distinct', 'a', 1, 'a'],
  ['keys', 'o', 0, 'a'], ['lookup', 'oK', 2, 'x'], ['spread', 'o', 0, 'a'], ['merge', 'a', 1, 'o'],
  ['string', 'xb', 0, 's'], ['substring', 'snn', 2, 's'], ['substringBefore', 'sT', 1, 's'],
  ['substringAfter', 'sT', 1, 's'], ['lowercase', 's', 0, 's'], ['uppercase', 's', 0, 's'], ['length', 's', 0, 'n'],
  ['trim', 's', 0, 's'], ['pad', 'snT', 2, 's'], ['join', 'aT', 1, 's'], ['base64encode', 's', 0, 's'],
  ['base64decode', 'B', 0, 's'], ['encodeUrlComponent', 's', 0, 's'], ['encodeUrl', 's', 0, 's'],
  ['decodeUrlComponent', 's', 0, 's'], ['decodeUrl', 's', 0, 's'], ['formatNumber', 'nPO', 2, 's'],
  ['formatBase', 'nn', 0, 's'], ['formatInteger', 'nI', 2, 's'], ['parseInteger', 'WI', 2, 'n'], ['number', 'N', 0, 'n'],
  ['floor', 'n', 0, 'n'], ['ceil', 'n', 0, 'n'], ['round', 'nn', 0, 'n'], ['abs', 'n', 0, 'n'], ['sqrt', 'n', 0, 'n'],
  ['power', 'nn', 1, 'n'], ['boolean', 'x', 0, 'b'], ['not', 'x', 0, 'b'], ['exists', 'x', 1, 'b'], ['type', 'x', 1, 's'],
  ['error', 's', 0, 'x'], ['assert', 'bs', 1, 'x'], ['contains', 'sR', 1, 'b'], ['split', 'sRn', 1, 'a'],
  ['match', 'sRn', 1, 'a'], ['replace', 'sRSn', 2, 's'], ['toMillis', 'DY', 1, 'n'], ['fromMillis', 'MYZ', 0, 's'],
  ['map', 'af', 2, 'a'], ['filter', 'af', 2, 'a'], ['single', 'af', 1, 'x'], ['reduce', 'afx', 2, 'x'],
  ['sift', 'of', 1, 'o'], ['each', 'of', 1, 'a'], ['sort', 'af', 1, 'a'],
].map(([name, types, least, gives]) => ({ name, types, least, gives }));

const HIGHER = FUNCTIONS.filter(({ types }) => types.includes('f'));
const NAMES = FUNCTIONS.map(({ name }) => name);
const SIGNATURES = [
  '<n:n>', '<n-:n>', '<s:s>', '<x:x>', '<xx:x>', '<a:a>', '<a<n>:n>', '<s-n?:s>', '<(sn):s>', '<o-:x>', '<f:x>', '<nn?:n>',
  '<xx?x?:x>', '<s+:s>', '<j-:j>', '<a<s>s?:s>', '<x-x-:x>',
];

const REGEXES = [
  '/a/', '/[a-c]+/i', '/(a)(b)?/', '/x*/', '/\\d+/', '/^./', '/b$/m', '/(.)(.)/', '/\\s+/', '/o|l/', '/(H)|(W)/', '/\\u20ac/',
  '/\\bW/', '/(?:l)+/', '/[^a-z]/', '/(a(b))/i', '/e{0,1}l{2}/', '/\\//', '/(l)\\1/', '/(?=l)/', '/./',
];
const REPLACEMENTS = ['"$0"', '"<$1>"', '"$$"', '"$2$1"', '"$10x"', '"$"', '"$x"', '""', '"z"', '"$1$$2"'];
const TEXTS = ['"a"', '""', '" "', '"l"', '"b"', '", "', '"lo"', '"€"'];
const DATE_PARTS = [
  '[Y]', '[Y0001]', '[Y,2]', '[Y,*-2]', '[M]', '[M01]', '[MNn]', '[MN,3-3]', '[Mn]', '[D]', '[D01]', '[D1o]', '[Dwo]', '[DW]',
  '[d]', '[FNn]', '[FN,3-3]', '[F]', '[F0]', '[H01]', '[H]', '[h]', '[h01]', '[P]', '[PN]', '[m]', '[m01]', '[s]', '[s01]',
  '[f]', '[f001]', '[f,2]', '[Z]', '[z]', '[Z0101]', '[Z01:01t]', '[ZN]', '[W]', '[w]', '[x]', '[X]', '[X0001]', '[C]', '[E]',
  '[YI]', '[Yw]', '[YWw]', '[Da]', '[DA]', '[Y9,999]', '[Q]', '[', '[[', ']]', ' [D 01] ',
];
const DATE_GLUE = ['-', '/', ':', ' ', 'T', ', ', '.', '', 'at '];
const TIME_ZONES = ['"+0100"', '"-0530"', '"0000"', '"+1245"', '"x"', '"+01:00"', '"-1"', '"Z"'];
const DATES = [
  '"2017-10-30T16:25:32.935Z"', '"2020-02-29"', '"2020-13-01"', '"1999"', '"2018-01-01T00:00:00+0100"', '"2021-06-15T12:00"',
  '"20/3/2018"', '"x"', '"0001-01-01"', '"2019-2-3"', '"2020-02-30"', '"2017-10-30T16:25:32.935+01:00"', '"13:45"', '"2012-10"',
];
const MILLIS = ['0', '1', '1509380732935', '-1', '1e12', '951782400000', '1582934400000', '-62135596800000', '253402300799999'];
const INTEGER_PICTURES = [
  'w', 'W', 'Ww', 'I', 'i', 'A', 'a', '1', '0', '01', '#,##0', '0001', '1;o', 'w;o', 'Ww;o', '#', '0,00', '#:#0', '٠', '#0,0#', '',
  '1,0', '#,#,#0', 'W;o', 'x', '00;c', 'I;o', 'a;o',
];
const WORDS = [
  'one', 'twenty-one', 'one hundred and five', 'xiv', 'MCMXC', 'b', 'aa', '12', '1,234', '2nd', 'third', 'twelfth', 'x', '',
  'one thousand, two hundred and three', 'Forty-Second', '0012', 'one hundredth', '-5',
];
const PICTURE_SIGNS = ['#', '0', '0', '#', ',', '.', '0', '%', '‰', 'e', ';', 'x', '-', '9', '1', '$'];

const words = {
  K: (make) => JSON.stringify(make.random.pick(['a', 'b', 'n', 's', 'o', 'l', 'missing'])),
  T: (make) => make.random.pick(TEXTS),
  R: (make) => make.random.choose(
    3, () => make.random.pick(REGEXES),
    1, () => make.random.pick(TEXTS),
    0.2, () => 'function($s){{"match": $s, "start": 0, "end": 1, "groups": []}}',
  ),
  S: (make, depth) => make.random.choose(
    4, () => make.random.pick(REPLACEMENTS),
    2, () => make.random.pick(['function($m){$m.match & "!"}', 'function($m){$m.groups[0]}', 'function($m){1}', '$uppercase', '$string']),
    1, () => make.typed('f', depth),
  ),
  P: (make) => JSON.stringify(make.random.choose(
    3, () => make.random.pick(['#,##0.00', '0', '00.##', '#0.0e0', '0%', '0‰', '#,##,##0', '#.#;(#.#)', '0.0##', '#,###', '.00', '#.00', 'x0y', '0,0.0,0']),
    2, () => make.random.some(1, 6, () => make.random.pick(PICTURE_SIGNS)).join(''),
  )),
  O: (make) => make.random.pick(['{}', '{"decimal-separator": ","}', '{"zero-digit": "٠"}', '{"percent": "p"}', '{"grouping-separator": " "}', '{"minus-sign": "m"}', '{"exponent-separator":"E"}']),
  I: (make) => JSON.stringify(make.random.pick(INTEGER_PICTURES)),
  W: (make) => JSON.stringify(make.random.pick(WORDS)),
  N: (make, depth) => make.random.choose(
    2, () => make.random.pick(['"1"', '"-1.5e3"', '"0x1F"', '"0b101"', '"0o17"', '" 1"', '"1."', '".5"', '"+1"', '"1e400"', 'true', '"Infinity"', '""', '"01"']),
    1, () => make.typed('x', depth),
  ),
  B: (make, depth) => make.random.choose(2, () => make.random.pick(['"aGVsbG8="', '"YQ"', '"!"', '"gICA"', '"8J+YgA=="', '"a=b"']), 1, () => make.typed('s', depth)),
  D: (make, depth) => make.random.choose(3, () => make.random.pick(DATES), 1, () => make.typed('s', depth)),
  M: (make, depth) => make.random.choose(4, () => make.random.pick(MILLIS), 1, () => make.typed('n', depth)),
  Z: (make) => make.random.pick(TIME_ZONES),
  Y: (make) => JSON.stringify(datePicture(make)),
};

function datePicture({ random }) {
  const common = ['[Y0001]-[M01]-[D01]', '[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]Z', '[D]/[M]/[Y]', '[H]:[m]', '[Y0001]-[M01]-[D01]T[H01]:[m01]'];
  if (random.often(0.3)) return random.pick(common);
  return random.some(1, 4, () => random.pick(DATE_PARTS) + random.pick(DATE_GLUE)).join('');
}

function argument(make, type, depth) {
  return words[type] && !make.random.often(0.07) ? words[type](make, depth) : make.typed(words[type] ? 'x' : type, depth);
}

/** A call; of a function whose value has the type, if one is given. */
function call(make, depth, gives) {
  if (!gives && make.random.often(0.06)) return roundTrip(make, depth);
  const candidates = gives ? FUNCTIONS.filter((row) => row.gives === gives) : FUNCTIONS;
  return node`$${row(make, make.random.pick(candidates), depth, 0)}`;
}

/** What follows `~> ` : a call without its first argument. */
function rest(make, depth) {
  return node`$${row(make, make.random.pick(FUNCTIONS), depth, 1)}`;
}

function higher(make, depth) {
  return node`$${row(make, make.random.pick(HIGHER), depth, 0)}`;
}

/** The call without its `$`, from this parameter on. Sometimes there are too many arguments, or too few. */
function row(make, { name, types, least }, depth, from) {
  const { random } = make;
  let wanted = least + random.below(types.length - least + 1);
  if (random.often(0.04)) wanted = random.below(types.length + 1);
  const given = [...types].slice(from, Math.max(from, wanted)).map((type) => argument(make, type, depth - 1));
  if (random.often(0.02)) given.push(make.expression(depth - 1));
  return node`${name}(${list(given, ', ')})`;
}

/** Written with a picture and read with it again. */
function roundTrip(make, depth) {
  const picture = make.random.often(0.6) ? words.Y(make) : undefined;
  if (picture) return node`$toMillis($fromMillis(${words.M(make, depth)}, ${picture}), ${picture})`;
  const integer = words.I(make);
  return node`$parseInteger($formatInteger(${make.numeral()}, ${integer}), ${integer})`;
}

module.exports = { call, rest, higher, FUNCTIONS, NAMES, SIGNATURES };
