import test from 'ava';
import type {LineOperation} from '../../src/edit/diff/line-operation.ts';
import {applyOperations} from '../helpers/line-operations.ts';
import {readEvents, serveHttp} from './serve.ts';

const original = 'const a = 1;\nconst b = 2;\n';
const edited = 'const a = 1;\nconst c = 3;\n';

interface EditMessage {
	kind: 'started' | 'delta' | 'summary';
	text: string;
	spans: {start: number; end: number; source: string}[];
	numTokens: number;
	draftTokens: number;
	acceptedTokens: number;
	operations?: LineOperation[];
	figures: {outputTokens: number; draftTokens: number; acceptedTokens: number};
}

test('an edit tells the source of each text and what each pass did', async t => {
	const {post} = await serveHttp(t, `${edited}\`\`\``);
	const response = await post('/edits', {original, instruction: 'Rename b to c and make it 3.'});
	const messages = (await readEvents(response)).map(event => JSON.parse(event) as EditMessage);
	t.like(messages[0], {kind: 'started', model: 'smollm2-135m-instruct'});
	const deltas = messages.filter(({kind}) => kind === 'delta');
	t.is(deltas.map(({text}) => text).join(''), edited);
	for (const {text, spans} of deltas) {
		t.is(spans.at(-1)?.end ?? 0, text.length);
	}

	const sources = new Set(deltas.flatMap(({spans}) => spans.map(({source}) => source)));
	t.true(sources.has('original') && sources.has('model'));
	const {figures} = messages.at(-1)!;
	const sum = (field: 'numTokens' | 'draftTokens' | 'acceptedTokens') =>
		deltas.reduce((total, delta) => total + delta[field], 0);
	t.is(sum('numTokens'), figures.outputTokens);
	t.is(sum('draftTokens'), figures.draftTokens);
	t.is(sum('acceptedTokens'), figures.acceptedTokens);
});

test('without speculation nothing is drafted and the text is the same', async t => {
	const {post} = await serveHttp(t, `${edited}\`\`\``);
	const body = {original, instruction: 'Rename b to c.', options: {speculation: false}};
	const messages = (await readEvents(await post('/edits', body))).map(
		event => JSON.parse(event) as EditMessage,
	);
	const deltas = messages.filter(({kind}) => kind === 'delta');
	t.is(deltas.map(({text}) => text).join(''), edited);
	t.true(deltas.every(({draftTokens, numTokens}) => draftTokens === 0 && numTokens <= 1));
});

test('with includeDiff the operations of all deltas turn the original into the text', async t => {
	const {post} = await serveHttp(t, `${edited}\`\`\``);
	const body = {original, instruction: 'Rename b to c.', options: {includeDiff: true}};
	const messages = (await readEvents(await post('/edits', body))).map(
		event => JSON.parse(event) as EditMessage,
	);
	const operations = messages.flatMap(message => message.operations ?? []);
	t.is(applyOperations(original, operations), edited);
	t.deepEqual(operations[0], {keepLines: 1});
});
