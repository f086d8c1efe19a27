/** No string that a person reads is in markup or code: all are in `words`, where they can be read without reading code. */
import { type AST, parse } from 'svelte/compiler';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const components = import.meta.glob<string>('../**/*.svelte', { query: '?raw', import: 'default', eager: true });
const code = {
  ...import.meta.glob<string>('../{lib,quick,components,screens}/**/*.ts', { query: '?raw', import: 'default', eager: true }),
  ...import.meta.glob<string>('../*.ts', { query: '?raw', import: 'default', eager: true }),
};
/** Names, which are the same in every language. */
const NAMES: ReadonlySet<string> = new Set(['Daypass']);
/** Attributes and properties that are read or heard. */
const READ: ReadonlySet<string> = new Set([
  'label',
  'title',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'placeholder',
  'help',
  'alt',
  'verb',
  'who',
  'why',
  'keyLabel',
  'valueLabel',
  'keyPlaceholder',
  'valuePlaceholder',
  'noun',
]);

/** Texts with letters in the markup of a component, and literal texts in what is read of its attributes. */
function literals(source: string): string[] {
  const found: string[] = [];
  const note = (text: string) => {
    const words = text.replace(/\s+/g, ' ').trim();
    if (/\p{L}/u.test(words) && !NAMES.has(words)) found.push(words);
  };
  const inExpression = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) return node.forEach(inExpression);
    const { type, value, quasis } = node as { type?: string; value?: unknown; quasis?: { value: { cooked: string } }[] };
    // What is compared, looked up or given to a function isn't shown by that.
    if (type === 'BinaryExpression' || type === 'MemberExpression' || type === 'CallExpression') return;
    if (type === 'ConditionalExpression') {
      const { consequent, alternate } = node as { consequent: unknown; alternate: unknown };
      return [consequent, alternate].forEach(inExpression);
    }
    if (type === 'ArrowFunctionExpression' || type === 'FunctionExpression') return;
    if (type === 'Literal' && typeof value === 'string') return note(value);
    if (type === 'TemplateLiteral') return quasis?.forEach((quasi) => note(quasi.value.cooked));
    for (const key of ['left', 'right', 'expression', 'elements', 'argument'] as const) {
      inExpression((node as Record<string, unknown>)[key]);
    }
  };
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) return node.forEach(visit);
    const { type } = node as { type?: string };
    if (type === 'Text') return note((node as AST.Text).data);
    if (type === 'ExpressionTag') return inExpression((node as AST.ExpressionTag).expression);
    if (type === 'Attribute') {
      const { name, value } = node as AST.Attribute;
      if (READ.has(name) && value !== true) visit(value);
      return;
    }
    for (const key of ['fragment', 'nodes', 'attributes', 'body', 'consequent', 'alternate', 'fallback', 'pending', 'then', 'catch']) {
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(parse(source, { modern: true }).fragment);
  return found;
}

/** Two words beside each other, as in a sentence or a label. */
const WORDS = /\p{L}{2,}[,;:]? +\p{L}{2,}/u;
/** What selectors and styles have, and words don't. */
const MARKS = /[;{}[\]=]/;
/** What is typed into a shell. */
const TYPED: ReadonlySet<string> = new Set(['set -gx AWS_PROFILE ']);

/** Literals in code that read like words. */
function sentences(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      const { text } = node;
      if (WORDS.test(text) && !MARKS.test(text) && !TYPED.has(text)) found.push(text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true));
  return found;
}

const scriptOf = (component: string) => /<script[^>]*>([\s\S]*?)<\/script>/.exec(component)?.[1] ?? '';

describe('the code', () => {
  it.each([
    ...Object.entries(code).filter(([file]) => !file.includes('/fake-')),
    ...Object.entries(components).map(([file, source]): [string, string] => [file, scriptOf(source)]),
  ])('of %s has no words of its own', (_, source) => {
    expect(sentences(source)).toEqual([]);
  });

  it('would be caught with some', () => {
    const source = "import x from './no words'; /* no words */ const a = { help: 'Two words', b: `It has ${x} and more words`, c: 'one' };\n" +
      "document.querySelector('button, input [href]'); type A = 'no words';";
    expect(sentences(source)).toEqual(['Two words', 'It has ', ' and more words']);
  });
});

describe('the markup', () => {
  it.each(Object.entries(components))('of %s has no words of its own', (_, source) => {
    expect(literals(source)).toEqual([]);
  });

  it('would be caught with one', () => {
    const source = `<p title="Read me">{done ? 'Ready' : words.not} {is === 'not shown' ? a : b} Daypass</p>
      {#if a}<Field label={\`The \${b}\`} id="not read" />{:else}Text{/if}{#each all as one}{one}, then{/each}`;
    expect(literals(source)).toEqual(['Ready', 'Read me', 'The', 'Text', ', then']);
  });
});
