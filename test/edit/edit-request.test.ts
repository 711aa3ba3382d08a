import test from 'ava';
import {checkEditRequest, type UncheckedEditRequest} from '../../src/edit/edit-request.ts';
import {InvalidRequestError} from '../../src/edit/invalid-request-error.ts';

const request: UncheckedEditRequest = {original: 'a = 1\n', instruction: ' Rename a. '};

test('absent fields get their defaults', t => {
	t.deepEqual(checkEditRequest(request), {
		original: 'a = 1\n',
		instruction: 'Rename a.',
		update: undefined,
		language: '',
		path: undefined,
		maxOutputTokens: 0,
		maxDraftTokens: 0,
		speculation: true,
		includeTokenIds: false,
		includeProvenance: false,
		includeDiff: false,
	});
});

test('null and empty fields count as absent', t => {
	const expected = checkEditRequest(request);
	t.deepEqual(
		checkEditRequest({...request, update: null, language: null, path: null, options: null}),
		expected,
	);
	t.deepEqual(checkEditRequest({...request, update: ' \n', language: '', path: '', options: {}}), expected);
});

test('an update stands in for the instruction', t => {
	t.like(checkEditRequest({original: 'a', instruction: '', update: 'b\n'}), {instruction: '', update: 'b\n'});
});

test('the language is the one named, else that of the path', t => {
	t.is(checkEditRequest({...request, language: 'TS', path: 'a.py'}).language, 'typescript');
	t.is(checkEditRequest({...request, path: 'a.py'}).language, 'python');
});

const refuses = test.macro({
	exec(t, change: Partial<UncheckedEditRequest>, message: RegExp) {
		t.throws(() => checkEditRequest({...request, ...change}), {instanceOf: InvalidRequestError, message});
	},
	title: (name = '') => `refuses ${name}`,
});

test('any tag of letters and marks names a language', t => {
	t.is(checkEditRequest({...request, language: ' Klingon ', path: 'a.py'}).language, 'Klingon');
});

test('runs of backticks to 255 are taken', t => {
	t.notThrows(() => checkEditRequest({...request, original: '`'.repeat(255)}));
});

test('an empty file', refuses, {original: ''}, /^original: expected the whole file, got an empty string$/);
test(
	'a request that says nothing',
	refuses,
	{instruction: '\n', update: ' '},
	/^instruction: expected an instruction, an update, or both, got neither$/,
);
test(
	'a path of two lines',
	refuses,
	{path: 'a\nb'},
	/^path: expected one line without backticks, got "a\\nb"$/,
);
test('a path with a backtick', refuses, {path: 'a`b'}, /^path: expected one line without backticks/);
test(
	'a negative limit of output tokens',
	refuses,
	{options: {maxOutputTokens: -1}},
	/^options\.max_output_tokens: expected 0 or more, got -1$/,
);
test(
	'a negative limit of draft tokens',
	refuses,
	{options: {maxDraftTokens: -7}},
	/^options\.max_draft_tokens: expected 0 or more, got -7$/,
);
test(
	'a language that is no tag',
	refuses,
	{language: 'a b'},
	/^language: expected a tag of letters, digits and \+-#\._ to 40 characters, got "a b"$/,
);
test('a long language without repeating all of it', refuses, {language: 'x'.repeat(1e6)}, /^.{1,200}$/);
test(
	'a path of more than 4096 bytes',
	refuses,
	{path: 'ä'.repeat(2049)},
	/^path: expected at most 4096 bytes, got 4098$/,
);
for (const field of ['original', 'update', 'instruction']) {
	test(
		`a run of 256 backticks in ${field}`,
		refuses,
		{[field]: `a${'`'.repeat(256)}`},
		new RegExp(`^${field}: expected runs of at most 255 backticks, got one of 256$`),
	);
}
