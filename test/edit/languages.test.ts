import test from 'ava';
import {
	existingCodeMarker,
	languages,
	resolveLanguage,
	UnknownLanguageError,
} from '../../src/edit/languages.ts';

const tagOf = (language?: string, path?: string) => resolveLanguage({language, path}).tag;

test('aliases and any case name the same language', t => {
	for (const name of ['TypeScript', 'ts', 'TS', ' typescript ']) {
		t.is(tagOf(name), 'typescript');
	}

	t.deepEqual(
		['C++', 'c#', 'shell', 'golang', 'py'].map(name => tagOf(name)),
		['cpp', 'csharp', 'bash', 'go', 'python'],
	);
});

test('an unknown language is refused with the field, the list and what came', t => {
	const error = t.throws(() => tagOf('klingon', 'a.py'), {instanceOf: UnknownLanguageError});
	t.regex(error.message, /^language: expected one of bash, .+typescript.+, got "klingon"$/);
	t.is(error.got, '"klingon"');
});

test('a property name of objects is no language', t => {
	t.throws(() => tagOf('constructor'), {instanceOf: UnknownLanguageError});
	t.is(tagOf(undefined, 'a.constructor'), '');
});

test('the language wins over the path', t => {
	t.is(tagOf('python', 'a.ts'), 'python');
});

test('an empty language counts as absent', t => {
	t.is(tagOf('', 'a.ts'), 'typescript');
	t.is(tagOf('  ', undefined), '');
});

test('the path tells the language by extension or file name, on any system', t => {
	const paths = [
		'src/a.py',
		'C:\\src\\a.RS',
		'Dockerfile',
		'x/Makefile',
		'a.test.tsx',
		'.bashrc',
		'CMakeLists.txt',
	];
	t.deepEqual(
		paths.map(path => tagOf(undefined, path)),
		['python', 'rust', 'dockerfile', 'makefile', 'tsx', 'bash', 'cmake'],
	);
});

test('an unknown extension, and none, leave the fence untagged', t => {
	t.deepEqual(
		['a.xyz', 'LICENSE', 'dir.py/file', '', '.'].map(path => tagOf(undefined, path)),
		['', '', '', '', ''],
	);
});

test('no name, extension or file name stands for two languages', t => {
	for (const keys of [
		languages.flatMap(({tag, aliases}) => [tag, ...aliases]),
		languages.flatMap(({extensions}) => extensions),
		languages.flatMap(({fileNames}) => fileNames),
	]) {
		t.deepEqual(keys, [...new Set(keys)]);
		t.deepEqual(
			keys,
			keys.map(key => key.toLowerCase()),
		);
	}
});

test('a tag can not break the fence line', t => {
	t.true(languages.length >= 30);
	t.true(languages.every(({tag}) => /^[a-z]+$/.test(tag)));
});

test('the marker is a comment that ends where the language wants it', t => {
	t.is(existingCodeMarker(resolveLanguage({language: 'python'})), '# ... existing code ...');
	t.is(existingCodeMarker(resolveLanguage({language: 'go'})), '// ... existing code ...');
	t.is(existingCodeMarker(resolveLanguage({language: 'html'})), '<!-- ... existing code ... -->');
});
