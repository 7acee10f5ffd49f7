// Random JSONata expressions: mostly sensible ones, with something unexpected here and there.
'use strict';

const { node, list } = require('./tree.js');
const { NAMES, NUMBERS, STRINGS } = require('./documents.js');
const calls = require('./calls.js');

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='];

/** Makes expressions. `depth` is how many more may be nested in each other. */
class Generator {
  constructor(random) {
    this.random = random;
    /** Names of variables that are bound here, and of functions among them. */
    this.variables = [];
    this.functions = [];
    /** How many steps of objects are around, for `%`. */
    this.steps = 0;
  }

  expression(depth) {
    if (depth <= 0) return this.leaf();
    return this.random.choose(
      8, () => this.path(depth),
      3, () => this.call(depth),
      2, () => this.operation(depth),
      2, () => this.block(depth),
      1.5, () => this.array(depth),
      1, () => this.object(depth),
      1, () => this.condition(depth),
      1, () => this.chain(depth),
      1, () => this.higher(depth),
      0.7, () => this.transform(depth),
      1, () => this.leaf(),
    );
  }

  /** An expression that mostly has this type: n(umber), s(tring), b(oolean), a(rray), o(bject), f(unction), x. */
  typed(type, depth) {
    if (this.random.often(0.08)) return this.expression(depth - 1);
    switch (type) {
      case 'n': return this.number(depth - 1);
      case 's': return this.string(depth - 1);
      case 'b': return this.boolean(depth - 1);
      case 'a': return this.sequence(depth - 1);
      case 'o': return this.anObject(depth - 1);
      case 'f': return this.aFunction(depth - 1, 1 + this.random.below(3));
      default: return this.expression(depth - 1);
    }
  }

  leaf() {
    return this.random.choose(
      3, () => this.random.pick(NAMES),
      3, () => this.numeral(),
      2, () => this.quoted(),
      2, () => this.variable(),
      1, () => this.random.pick(['true', 'false', 'null', '[]', '{}', '$', '$$', 'missing', '(1/0)', '(0/0)']),
    );
  }

  numeral() {
    const number = this.random.often(0.8) ? this.random.below(5) : this.random.pick(NUMBERS);
    return this.random.often(0.15) ? `-${Math.abs(number)}` : String(number);
  }

  quoted() {
    return JSON.stringify(this.random.pick(STRINGS));
  }

  variable() {
    return this.variables.length && this.random.often(0.8) ? `$${this.random.pick(this.variables)}` : '$';
  }

  number(depth) {
    if (depth <= 0) return this.random.choose(3, () => this.numeral(), 2, () => 'n', 1, () => this.variable());
    return this.random.choose(
      3, () => this.numeral(),
      2, () => this.pathTo('n', depth),
      2, () => this.arithmetic(depth),
      1, () => node`$count(${this.expression(depth - 1)})`,
      1, () => calls.call(this, depth, 'n'),
    );
  }

  string(depth) {
    if (depth <= 0) return this.random.choose(3, () => this.quoted(), 2, () => 's', 1, () => this.variable());
    return this.random.choose(
      3, () => this.quoted(),
      2, () => this.pathTo('s', depth),
      1, () => node`(${this.typed('s', depth)} & ${this.typed('x', depth)})`,
      1, () => node`$string(${this.expression(depth - 1)})`,
      1, () => calls.call(this, depth, 's'),
    );
  }

  boolean(depth) {
    if (depth <= 0) return this.random.pick(['true', 'false', 'n', 's', 'n > 1', 's = "a"', '$ > 1', '$ = 1']);
    return this.random.choose(
      4, () => this.comparison(depth),
      2, () => node`(${this.typed('b', depth)} ${this.random.pick(['and', 'or'])} ${this.typed('b', depth)})`,
      2, () => node`(${this.typed('x', depth)} in ${this.typed('a', depth)})`,
      1, () => node`$exists(${this.expression(depth - 1)})`,
      1, () => node`$not(${this.expression(depth - 1)})`,
      1, () => this.leaf(),
    );
  }

  comparison(depth) {
    const type = this.random.pick(['n', 's', 'x']);
    return node`(${this.typed(type, depth)} ${this.random.pick(COMPARISONS)} ${this.typed(type, depth)})`;
  }

  sequence(depth) {
    if (depth <= 0) return this.random.pick(['l', 'm', 'a', 'l.n', 'l.s', '[]', '[1,2,3]', '["a","b"]', '[[1],[2,[3]]]']);
    return this.random.choose(3, () => this.path(depth), 3, () => this.array(depth), 1, () => calls.call(this, depth, 'a'));
  }

  anObject(depth) {
    if (depth <= 0) return this.random.pick(['o', 'l[0]', '{"a": 1}', '$', 'l']);
    return this.random.choose(2, () => this.object(depth), 2, () => this.pathTo('o', depth), 1, () => 'o');
  }

  arithmetic(depth) {
    const operator = this.random.pick(['+', '-', '*', '/', '%', '+', '-', '*']);
    if (this.random.often(0.15)) return node`-(${this.typed('n', depth)})`;
    return node`(${this.typed('n', depth)} ${operator} ${this.typed('n', depth)})`;
  }

  operation(depth) {
    return this.random.choose(
      3, () => this.arithmetic(depth),
      3, () => this.boolean(depth),
      2, () => node`${this.expression(depth - 1)} & ${this.expression(depth - 1)}`,
      1, () => this.loose(depth),
    );
  }

  /** Operators without parentheses: what binds stronger matters. */
  loose(depth) {
    const operators = ['+', '-', '*', '/', '%', '&', ...COMPARISONS, 'and', 'or', 'in', '~>', '.'];
    const operand = () => this.typed('n', depth - 1);
    return node`${operand()} ${this.random.pick(operators)} ${operand()} ${this.random.pick(operators)} ${operand()}`;
  }

  array(depth) {
    const item = () => this.random.choose(6, () => this.expression(depth - 1), 1, () => this.range(depth));
    return node`[${list(this.random.some(0, 3, item), ', ')}]`;
  }

  range(depth) {
    const bound = () => this.random.often(0.7) ? this.numeral() : this.typed('n', depth);
    return node`${bound()}..${bound()}`;
  }

  object(depth) {
    const pair = () => node`${this.key(depth)}: ${this.expression(depth - 1)}`;
    return node`{${list(this.random.some(0, 3, pair), ', ')}}`;
  }

  key(depth) {
    return this.random.choose(
      4, () => JSON.stringify(this.random.pick(NAMES)),
      2, () => this.random.pick(['s', '$string(n)', '$string($)', '"k" & n', '$type($)']),
      1, () => this.typed('s', depth),
    );
  }

  condition(depth) {
    const [condition, then] = [this.typed('b', depth), this.expression(depth - 1)];
    if (this.random.often(0.3)) return node`(${condition} ? ${then})`;
    return node`(${condition} ? ${then} : ${this.expression(depth - 1)})`;
  }

  // Paths.

  pathTo(name, depth) {
    return this.random.choose(2, () => name, 3, () => node`${this.path(depth - 1)}.${name}`, 1, () => this.path(depth));
  }

  path(depth) {
    return this.scoped(() => {
      const before = this.steps;
      let path = this.suffixes(this.head(depth), depth);
      const count = this.random.below(4);
      for (let place = 0; place < count; place++) {
        this.steps++;
        path = this.suffixes(node`${path}.${this.step(depth - 1)}`, depth);
      }
      if (this.random.often(0.12)) path = node`${path}{${this.pairs(depth)}}`;
      if (this.random.often(0.08)) path = node`${path}[]`;
      this.steps = before;
      return path;
    });
  }

  pairs(depth) {
    return list(this.random.some(1, 2, () => node`${this.key(depth)}: ${this.expression(depth - 2)}`), ', ');
  }

  head(depth) {
    return this.random.choose(
      10, () => this.random.pick(NAMES),
      3, () => this.random.pick(['$', '$$', '*', '**']),
      2, () => this.variable(),
      1, () => node`(${this.expression(depth - 1)})`,
      1, () => this.array(depth - 1),
      0.5, () => this.object(depth - 1),
      0.7, () => this.call(depth - 1),
      0.3, () => '%',
    );
  }

  step(depth) {
    return this.random.choose(
      12, () => this.random.pick(NAMES),
      1, () => '*',
      0.5, () => '**',
      1, () => '$',
      this.steps > 0 ? 1.5 : 0.1, () => this.random.pick(['%', '%.%', '%.n', '%.s']),
      1, () => this.variable(),
      1.5, () => node`(${this.expression(depth - 1)})`,
      1, () => this.array(depth),
      1, () => this.object(depth),
      1, () => this.call(depth),
      0.2, () => this.quoted(),
      0.1, () => this.numeral(),
    );
  }

  suffixes(path, depth) {
    let suffixed = path;
    while (this.random.often(0.3)) suffixed = this.suffix(suffixed, depth);
    return suffixed;
  }

  suffix(path, depth) {
    return this.random.choose(
      10, () => node`${path}[${this.predicate(depth - 1)}]`,
      2, () => node`${path}[]`,
      2, () => node`${path}^(${list(this.random.some(1, 2, () => this.sortTerm(depth - 1)), ', ')})`,
      2, () => node`${path}#$${this.bound('i', 'j')}`,
      2, () => node`${path}@$${this.bound('v', 'w')}`,
    );
  }

  sortTerm(depth) {
    const direction = this.random.pick(['', '<', '>']);
    const term = this.random.choose(
      4, () => this.random.pick(['n', 's', '$', 'o.n', 'a']),
      1, () => this.typed('n', depth),
      0.5, () => '%.n',
      0.5, () => this.variable(),
    );
    return node`${direction}${term}`;
  }

  predicate(depth) {
    return this.random.choose(
      5, () => this.numeral(),
      1, () => node`[${this.range(depth)}]`,
      1, () => this.random.pick(['[0,1]', '[-1,0]', '[1,0]', '[0,0]', '[]', '"a"', '-1', '$', '-2', '$$.n', '0.9', '[0,"a"]']),
      5, () => this.typed('b', depth),
      1, () => this.typed('n', depth),
      1, () => this.expression(depth - 1),
      1, () => this.random.pick(['n', 's', 'a', '$i', '$i = 1', '%.n = 1', '$v.n = n', '$i > 0']),
    );
  }

  // Variables and functions.

  /** Binds a variable, of one of these names. */
  bound(...names) {
    const name = this.random.pick(names);
    this.variables.push(name);
    return name;
  }

  /** What is bound inside is not bound outside. */
  scoped(make) {
    const [variables, functions] = [this.variables.length, this.functions.length];
    const made = make();
    this.variables.length = variables;
    this.functions.length = functions;
    return made;
  }

  block(depth) {
    return this.scoped(() => {
      const parts = this.random.some(0, 3, () => this.statement(depth - 1));
      parts.push(this.random.often(0.5) && this.variables.length ? this.use(depth - 1) : this.expression(depth - 1));
      return node`(${list(parts, '; ')})`;
    });
  }

  statement(depth) {
    return this.random.choose(
      4, () => {
        const value = this.expression(depth);
        return node`$${this.bound('x', 'y', 'z')} := ${value}`;
      },
      3, () => this.definition(depth),
      1, () => this.expression(depth),
    );
  }

  definition(depth) {
    const name = this.random.pick(['f', 'g']);
    const count = this.random.below(4);
    this.functions.push({ name, count });
    this.variables.push(name);
    if (this.random.often(0.2)) return node`$${name} := ${this.recursive(name)}`;
    return node`$${name} := ${this.aFunction(depth, count)}`;
  }

  /** A function that calls itself a few times. */
  recursive(name) {
    return this.random.choose(
      1, () => `function($n){$n > 0 ? $n + $${name}($n - 1) : 0}`,
      1, () => `function($n, $r){$n > 0 ? $${name}($n - 1, [$r, $n]) : $r}`,
      1, () => `function($n){$n <= 1 ? [$n] : $append($${name}($n - 1), $n)}`,
      1, () => `function($n){$type($n) = "object" ? $n.*.$${name}($) : $n}`,
    );
  }

  use(depth) {
    if (this.functions.length && this.random.often(0.6)) return this.invocation(depth);
    return this.random.choose(
      2, () => this.variable(),
      2, () => node`[${list(this.random.some(1, 3, () => this.variable()), ', ')}]`,
      1, () => this.suffixes(node`${this.variable()}.${this.step(depth)}`, depth),
    );
  }

  invocation(depth) {
    const { name, count } = this.random.pick(this.functions);
    const argument = () => this.random.choose(
      9, () => (this.random.often(0.5) ? this.numeral() : this.expression(depth - 1)),
      1, () => '?',
    );
    const given = this.random.often(0.85) ? count : this.random.below(4);
    return node`$${name}(${list(this.random.some(given, given, argument), ', ')})`;
  }

  aFunction(depth, count) {
    return this.random.choose(
      6, () => this.lambda(depth, count),
      1.5, () => `$${this.random.pick(calls.NAMES)}`,
      1, () => (this.functions.length ? `$${this.random.pick(this.functions).name}` : '$string'),
      1, () => this.partial(depth),
      0.7, () => node`(${this.aFunction(depth - 1, 1)} ~> ${this.aFunction(depth - 1, 1)})`,
      0.3, () => this.transform(depth),
    );
  }

  lambda(depth, count) {
    return this.scoped(() => {
      const parameters = ['p', 'q', 'r', 't'].slice(0, count);
      this.variables.push(...parameters);
      const word = this.random.pick(['function', 'λ']);
      const body = this.random.often(0.5) && count > 0 ? this.bodyOf(parameters) : this.expression(depth - 1);
      const signature = this.random.often(0.1) ? this.random.pick(calls.SIGNATURES) : '';
      return node`${word}(${parameters.map((name) => `$${name}`).join(', ')})${signature}{${body}}`;
    });
  }

  /** A simple body that uses the parameters. */
  bodyOf(parameters) {
    const one = `$${this.random.pick(parameters)}`;
    const other = `$${this.random.pick(parameters)}`;
    return this.random.pick([
      one, `${one} & ${other}`, `[${one}, ${other}]`, `${one}.n`, `${one} + ${other}`, `${one} > ${other}`,
      `${one} > 1`, `$string(${one})`, `{"k": ${one}}`, `${one}[0]`, `$count(${one})`, `$type(${one})`,
    ]);
  }

  partial(depth) {
    const { name, types } = this.random.pick(calls.FUNCTIONS);
    const argument = (type) => (this.random.often(0.5) ? '?' : this.typed(type, depth - 1));
    return node`$${name}(${list([...types].map(argument), ', ')})`;
  }

  call(depth) {
    return this.functions.length && this.random.often(0.3) ? this.invocation(depth) : calls.call(this, depth);
  }

  higher(depth) {
    return calls.higher(this, depth);
  }

  chain(depth) {
    const right = this.random.choose(
      4, () => this.aFunction(depth - 1, 1),
      3, () => calls.rest(this, depth - 1),
      1, () => this.transform(depth - 1),
      1, () => this.expression(depth - 1),
    );
    const chained = node`${this.expression(depth - 1)} ~> ${right}`;
    return this.random.often(0.3) ? node`${chained} ~> ${this.aFunction(depth - 1, 1)}` : chained;
  }

  transform(depth) {
    const pattern = this.random.pick(['$', 'o', 'l', 'a', 'l.o', 'l[0]', '**', '*', 'l[n > 1]', 'o.o', 'm']);
    const update = this.random.choose(3, () => this.object(depth - 1), 1, () => this.expression(depth - 1));
    const names = () => this.random.choose(
      3, () => JSON.stringify(this.random.pick(NAMES)),
      2, () => '["a", "n"]',
      1, () => this.expression(depth - 2),
    );
    const rest = this.random.often(0.4) ? node`, ${names()}` : '';
    const transform = node`|${pattern}|${update}${rest}|`;
    return this.random.often(0.7) ? node`${this.random.pick(['$', 'o', 'l', '$$', 'a'])} ~> ${transform}` : transform;
  }
}

module.exports = { Generator };
