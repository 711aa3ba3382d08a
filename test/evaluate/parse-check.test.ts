import test from 'ava';
import {ParseCheck} from '../../bench/evaluate/parse-check.ts';

const check = await ParseCheck.create();

const samples: Readonly<Record<string, readonly [whole: string, broken: string]>> = {
	python: ['def f(a):\n    return a\n', 'def f(a:\n    return a\n'],
	typescript: ['const a: number = 1;\n', 'const a: number = ;\n'],
	tsx: ['const a = <b>c</b>;\n', 'const a = <b>c;\n'],
	javascript: ['function f() { return 1; }\n', 'function f() { return 1;\n'],
	go: ['package a\n\nfunc f() int { return 1 }\n', 'package a\n\nfunc f() int { return 1\n'],
	rust: ['fn f() -> u8 { 1 }\n', 'fn f() -> u8 { 1\n'],
	java: ['class A { int b; }\n', 'class A { int b }\n'],
	c: ['int f(void) { return 1; }\n', 'int f(void) { return 1; \n'],
	json: ['{"a": [1]}\n', '{"a": [1}\n'],
};

for (const [language, [whole, broken]] of Object.entries(samples)) {
	test(`a broken ${language} file is not taken for a whole one`, async t => {
		t.true(await check.parses(whole, language));
		t.false(await check.parses(broken, language));
	});
}

test('a language is known by its other names too', async t => {
	t.false(await check.parses('def f(:\n', 'py'));
	t.true(await check.parses('const a = 1;\n', 'ts'));
});

test('a language without a grammar is not judged', async t => {
	t.is(await check.parses('a: 1\n', 'yaml'), undefined);
	t.is(await check.parses('', ''), undefined);
});
