import test from 'ava';
import {countSources, EditStats} from '../../src/edit/edit-stats.ts';
import {toResponse} from '../../src/grpc/apply-edit-response.ts';

const nothing = {includeTokenIds: false, includeProvenance: false};
const tokenIds = {...nothing, includeTokenIds: true};
const provenance = {...nothing, includeProvenance: true};
const sources = countSources(['original', 'model']);
const delta = {
	kind: 'delta',
	text: 'ä🙂b',
	spans: [
		{start: 0, end: 3, source: 'original'},
		{start: 3, end: 4, source: 'model'},
	],
	tokens: [7, 8],
	sources,
	draftTokens: 4,
	acceptedTokens: 1,
} as const;

test('a delta holds its text alone unless more is asked for', t => {
	t.deepEqual(toResponse(delta, nothing), {delta: {text: 'ä🙂b'}});
	t.deepEqual(toResponse(delta, tokenIds), {delta: {text: 'ä🙂b', tokenIds: [7, 8]}});
});

test('spans count the bytes of UTF-8', t => {
	t.deepEqual(toResponse(delta, provenance), {
		delta: {
			text: 'ä🙂b',
			spans: [
				{startByte: 0, endByte: 6, source: 'TOKEN_SOURCE_ORIGINAL'},
				{startByte: 6, endByte: 7, source: 'TOKEN_SOURCE_MODEL'},
			],
			sources,
		},
	});
});

test('tokens that complete no text are told to callers that count tokens, and to no others', t => {
	const silent = {...delta, text: '', spans: []};
	t.is(toResponse(silent, nothing), undefined);
	t.deepEqual(toResponse(silent, tokenIds), {delta: {text: '', tokenIds: [7, 8]}});
	t.is(toResponse({...silent, tokens: []}, tokenIds), undefined);
});

test('line operations are told, also where no text came with them', t => {
	const operations = [{keepLines: 2}, {deleteLines: 1}, {insert: 'ä\n'}] as const;
	t.deepEqual(toResponse({...delta, operations}, nothing), {
		delta: {text: 'ä🙂b', operations: [...operations]},
	});
	const silent = {...delta, text: '', spans: [], tokens: []};
	t.deepEqual(toResponse({...silent, operations}, nothing), {delta: {text: '', operations: [...operations]}});
	t.is(toResponse({...silent, operations: []}, nothing), undefined);
});

test('start and summary keep every figure under the name that the proto has', t => {
	const started = {editId: 'e', model: 'm', promptTokens: 3};
	t.deepEqual(toResponse({kind: 'started', ...started}, nothing), {started});
	const figures = new EditStats().figures();
	t.deepEqual(toResponse({kind: 'summary', finishReason: 'length', figures}, nothing), {
		summary: {finishReason: 'FINISH_REASON_LENGTH', ...figures},
	});
});
