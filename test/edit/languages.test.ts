import test from 'ava';
import {existingCodeMarker, isLanguageTag, languages, resolveLanguage} from '../../src/edit/languages.ts';

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

test('an unknown tag is kept as it is, and the path tells the comment syntax', t => {
	t.like(resolveLanguage({language: 'Klingon', path: 'a.py'}), {tag: 'Klingon', comment: ['#', '']});
	t.like(resolveLanguage({language: 'constructor'}), {tag: 'constructor', comment: ['//', '']});
});

test('a property name of objects is no ending', t => {
	t.is(tagOf(undefined, 'a.constructor'), '');
});

test('what editors call their languages is a tag', t => {
	for (const tag of [
		'vb',
		'razor',
		'objective-cpp',
		'jsonl',
		'dockerfile',
		'c++',
		'f#',
		'asp.net',
		'x_y',
		'ĉ',
	]) {
		t.true(isLanguageTag(tag), tag);
	}

	t.is(tagOf('objective-cpp'), 'objectivec');
	t.is(tagOf('jsonl'), 'json');
});

test('a tag has letters, digits and +-#._ to 40 characters', t => {
	t.true(isLanguageTag('a'.repeat(40)));
	for (const text of ['a'.repeat(41), '', 'a b', 'a\n', '`', 'a/b', '{lang}', '<x>']) {
		t.false(isLanguageTag(text), text);
	}
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
