// Cruel expressions: deep, endless, or wanting more memory than there is.
'use strict';

const { Generator } = require('./expressions.js');
const { text } = require('./tree.js');

const LEAVES = ['1', '"x"', '$', 'a', 'l', '**', '[1..100000]', '"ab"'];
const WRAPPERS = [
  ['[', ']'], ['(', ')'], ['{"a": ', '}'], ['-', ''], ['$string(', ')'], ['function(){', '}'], ['a[', ']'], ['a.(', ')'],
  ['(', ' & "x")'], ['(', ').a'], ['(', ')[0]'], ['(', ')^($)'], ['[', ', 1]'], ['(', ' ? 1 : 2)'], ['$map([1,2], function($v){', '})'],
  ['$append([1], ', ')'], ['(', ')@$v'], ['(', ')#$i'], ['(', '){"a": $}'], ['|$|', '|'], ['($x := ', ')'], ['1 + ', ''],
  ['a ~> ', ''], ['a.', ''], ['a ? ', ''], ['%.', ''], ['"a" & ', ''], ['not', ''], ['$sort([1,2], ', ')'], ['λ($x){', '}(1)'],
];
const ENDLESS = [
  '($f := function($n){$f($n + 1)}; $f(%))',
  '($f := function($n){$f($n + 1) + 1}; $f(%))',
  '($f := function($n){[$f($n), $f($n)]}; $f(%))',
  '($f := function($n){$map([1..100], $f)}; $f(%))',
  '($f := function($n){$n & $n ~> $f}; $f("ab%"))',
  '($f := function($s){$f($s & $s)}; $f("a%"))',
  '($f := function($a){$f($append($a, $a))}; $f([%]))',
  '($f := function($o){$f({"a": $o, "b": $o})}; $f(%))',
  '($f := function($o){$f([$o, $o])}; $f(%))',
  '($f := function($g){$f($g ~> $g)}; $f($string)(%))',
  '($f := function($g){$g($g)}; $f($f))',
  '($y := function($f){$f($f)}; $y(function($s){1 + $s($s)}))',
  '$reduce([1..1000], function($a, $b){$a & $a}, "x%")',
  '$reduce([1..60], function($a, $b){[$a, $a]}, %)',
  '$string($reduce([1..60], function($a, $b){[$a, $a]}, %))',
  '$reduce([1..60], function($a, $b){[$a, $a]}, %).**',
  '$reduce([1..60], function($a, $b){{"a": $a, "b": $a}}, %).**.a',
  '$reduce([1..60], function($a, $b){[$a, $a]}, %) = $reduce([1..60], function($a, $b){[$a, $a]}, %)',
  '$distinct($reduce([1..30], function($a, $b){[$a, $a]}, %))',
  '$reduce([1..3000], function($a, $b){[$a]}, %)',
  '$string($reduce([1..3000], function($a, $b){{"a": $a}}, %))',
  '$reduce([1..3000], function($a, $b){{"a": $a}}, %) = $reduce([1..3000], function($a, $b){{"a": $a}}, %)',
  '$reduce([1..3000], function($a, $b){{"a": $a}}, %).**',
  '$reduce([1..30], function($a, $b){$merge([$a, {"k" & $b: $a}])}, {}) ~> |**|{"z": %}|',
  '$reduce([1..30], function($f, $g){$f ~> $f}, $string)(%)',
  '$reduce([1..5000], function($f, $g){$f ~> $string}, $string)(%)',
  '$reduce([1..5000], function($f, $g){function($x){$f($x)}}, $string)(%)',
  '[1..10000000][% in $]', '[1..9999999].[1..9999999]', '[1..1000000]^(>$)[%]', '[%..1e10]', '[-1e7..1e7]', '[1..1e6].($ & $)',
  '$pad("x", 1e%)', '$pad("", -1e15, "ab")', '$pad("x", 100000000)', '$power(10, 308) * 1e%', '$formatBase(1e300, 2)',
  '$formatNumber(1e300, "%0.00000000000000000")', '$formatInteger(1e300, "w")', '$formatInteger(1e15, "Ww")', '$formatInteger(1e9, "I")',
  '$formatInteger(1e300, "a")', '$formatInteger(1e300, "#,##0")', '$round(1e300, 400)', '$round(1.5, -1e9)', '$round(1.5, 1e9)',
  '$join([1..1000000].$string(), "%")', '$split($pad("a", 1000000, "ab"), "a")', '$match($pad("a", 100000, "a"), /(a*)*b/)',
  '$match($pad("a", 30, "a"), /(a|a)*b/)', '$match($pad("a", 5000, "a"), /(a*a*)*$b/)', '$replace($pad("a", 100000, "a"), /a/, "$0$0$0")',
  '$replace($pad("a", 100000, "a"), "a", "aaaaaaaaaaaaaaaaaaaa")', '$contains($pad("a", 1000000, "a"), /(.*)(.*)(.*)(.*)(.*)[^a]/)',
  '$match("x", /(((((((((((a{100}){100}){100}){100}){100}){100}){100}){100}){100}){100}){100}/)', '$toMillis($pad("1", 10000, "1"))',
  '$fromMillis(1e300)', '$fromMillis(8.64e15 + %)', '$fromMillis(-8.64e15, "[YI]")', '$fromMillis(0, "[Y,1-1000000]")',
  '$fromMillis(0, "[f,1000000-1000000]")', '$fromMillis(0, $pad("", 1000000, "[Y]"))', '$toMillis("1", $pad("", 100000, "[Y]"))',
  '$fromMillis(0, "[Y]", "+999999999")', '$fromMillis(0, "[Y999999999999999]")', '$substring("abc", 1e300, -1e300)', '$substring("abc", -1e10)',
  '$zip([1..1000000], [1..1000000], [1..1000000])', '$spread([1..1000000].{"a": $})', '$merge([1..1000000].{$string($): $})',
  '[1..1000000]{$string($): $}', '[1..1000]{"a": [1..1000]{"b": $}}', '$sum([1..5000000])', '$sort([1..300000], function($a, $b){$a < $b})',
  '$shuffle([1..3000000]) ~> $count', '[1..100000]@$i.[1..100000]@$j.($i + $j)', '[1..3000]#$i.[1..3000]#$j.($i * $j)', '$$.**.**.**.**.**.**.**',
  '[[1..1000]].*.*.**', '(1..3)', '$sift($$, function(){$sift($$, function(){true})})', '$each($$, function($v){$each($v, function($w){$w})})',
  '$range(0, 1e9, 1)', '$range(0, 1, 1e-300)', '$partition([1..1000000], 1)', '$partition([1], 1e-9)', '$parse($pad("", 100000, "["))',
  '$parse($pad("", 100000, "{\\"a\\":"))', '$hash($pad("a", 1e7), "SHA-512")', '$string([1..1000000], true)',
  '$string($reduce([1..900], function($a, $b){[$a]}, 1), true)', '$random(1e300)', '$number("1e" & $pad("9", 1000000, "9"))',
  '$decodeUrl($pad("", 300000, "%25"))', '$base64decode($pad("", 4000000, "QUJD"))', '$encodeUrl($pad("", 9000000, "é"))',
];

/** One of them. */
function cruel(random) {
  return random.choose(
    4, () => random.pick(ENDLESS).replaceAll('%', () => random.pick(['1', '0', '9', '100'])),
    3, () => nested(random, random.pick([10, 50, 140, 290, 299, 1000, 10000, 50000])),
    1, () => many(random, random.pick([100, 1000, 70000])),
    2, () => wild(random),
    1, () => spliced(random),
  );
}

/** One inside the other, very often. */
function nested(random, depth) {
  const kinds = random.some(1, 3, () => random.pick(WRAPPERS));
  const chosen = Array.from({ length: depth }, (_, place) => kinds[place % kinds.length]);
  const [before, after] = [chosen.map(([left]) => left), chosen.map(([, right]) => right).reverse()];
  return before.join('') + random.pick(LEAVES) + after.join('');
}

/** One after the other, very often. */
function many(random, count) {
  const [before, separator, after] = random.pick([
    ['[', ',', ']'], ['(', ';', ')'], ['', '.', ''], ['', ' & ', ''], ['$append(', ',', ')'], ['$f(', ',', ')'], ['', '~>', ''],
    ['a^(', ',', ')'], ['', '[0].', ''], ['', '@$v.', ''], ['', '#$i.', ''], ['', ' and ', ''], ['', ' ? 1 : ', ''],
  ]);
  const item = random.pick(['1', 'a', '$x := 1', '$', 'b.c', '"s"', '[]', '?', 'function($a){$a}', '/a/', 'l']);
  return before + Array(count).fill(item).join(separator) + after;
}

/** A sensible expression with huge numbers in it. */
function wild(random) {
  const huge = () => random.pick(['1e308', '1e15', '9007199254740993', '1e-308', '99999999', '2147483648', '-1e300', '65536']);
  return text(new Generator(random).expression(5)).replace(/\b\d+\b/g, (number) => (random.often(0.3) ? huge() : number));
}

/** Pieces of expressions, put together anyhow. */
function spliced(random) {
  const piece = () => {
    const whole = text(new Generator(random).expression(4));
    const from = random.below(whole.length);
    return whole.slice(from, from + 1 + random.below(30));
  };
  return random.some(1, 6, piece).join('');
}

module.exports = { cruel };
