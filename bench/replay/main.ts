/**
 * Replays drafting rules over committed edits without a model.
 * Usage: main.ts --input FILE… --tokenizer DIR [--model qwen2.5-coder] [--draft-tokens 128] [--update] [--json] [--quick]
 * The model is a name of the catalog: its chat template and its stop tokens make the prompt.
 */
import {parseArgs} from 'node:util';
import {type LoadedModel, loadModel} from '../../src/model/loaded-model.ts';
import {GoodputPolicy} from '../../src/speculation/goodput-policy.ts';
import {type EditRecord, frameEdit, readRecords} from './load-edits.ts';
import {joinRecords} from './long-file.ts';
import type {PassTimeTable} from './pass-time-tables.ts';
import {printLongFile, printScores, printSensitivity} from './print.ts';
import {bestNgram} from './rules/best-ngram.ts';
import {efficientEdit} from './rules/efficient-edit.ts';
import {lineDiff} from './rules/line-diff.ts';
import {llamaNgram} from './rules/llama-ngram.ts';
import {perfectDiff} from './rules/perfect-diff.ts';
import {perfectResync} from './rules/perfect-resync.ts';
import {plain} from './rules/plain.ts';
import {promptLookup} from './rules/prompt-lookup.ts';
import {redraftRule} from './rules/redraft.ts';
import {suffixDecoding} from './rules/suffix-decoding.ts';
import {vllmNgram5, vllmNgram16} from './rules/vllm-ngram.ts';
import {type DiffedEdit, diffEdit, type Scores, scoreRule} from './scores.ts';
import {measureSensitivity} from './sensitivity.ts';

const others = [
	plain,
	promptLookup,
	vllmNgram5,
	vllmNgram16,
	llamaNgram,
	suffixDecoding,
	lineDiff,
	efficientEdit,
	bestNgram,
	perfectDiff,
	perfectResync,
];

interface Options {
	readonly input: readonly string[];
	readonly tokenizer: string;
	readonly model: string;
	readonly maxDraftTokens: number;
	readonly hasUpdate: boolean;
	readonly isJson: boolean;
	/** Leaves out the sensitivity table and the long file. */
	readonly isQuick: boolean;
}

function readOptions(): Options {
	const {values, positionals} = parseArgs({
		allowPositionals: true,
		options: {
			input: {type: 'string', multiple: true},
			tokenizer: {type: 'string'},
			model: {type: 'string', default: 'qwen2.5-coder'},
			'draft-tokens': {type: 'string', default: '128'},
			update: {type: 'boolean', default: false},
			json: {type: 'boolean', default: false},
			quick: {type: 'boolean', default: false},
		},
	});
	const {input, tokenizer, model, update, json, quick} = values;
	const maxDraftTokens = Number(values['draft-tokens']);
	if (!input || !tokenizer) {
		throw new TypeError('Expected --input FILE… and --tokenizer DIR');
	}
	if (!Number.isInteger(maxDraftTokens) || maxDraftTokens < 1) {
		throw new RangeError(`Expected --draft-tokens to be 1 or more, got ${values['draft-tokens']}`);
	}
	return {
		input: [...input, ...positionals],
		tokenizer,
		model,
		maxDraftTokens,
		hasUpdate: update,
		isJson: json,
		isQuick: quick,
	};
}

async function scoreAll(
	edits: readonly DiffedEdit[],
	model: LoadedModel,
	maxDraftTokens: number,
): Promise<Map<string, Scores>> {
	const rules = new Map<string, Scores>();
	for (const rule of others) {
		rules.set(rule.name, await scoreRule(rule, {edits, model, maxDraftTokens}));
	}
	for (const [name, maxCandidates] of [
		['redraft-1', 1],
		['redraft', 2],
	] as const) {
		const timedRule = ({passTimes}: PassTimeTable) =>
			redraftRule(name, {maxCandidates, policy: new GoodputPolicy(passTimes, maxDraftTokens)});
		const rule = redraftRule(name, {maxCandidates});
		rules.set(name, await scoreRule(rule, {edits, model, maxDraftTokens, timedRule}));
	}
	return rules;
}

async function scoreLongFile(
	records: readonly EditRecord[],
	model: LoadedModel,
	options: Options,
): Promise<void> {
	const record = joinRecords(records);
	if (!record) {
		return;
	}
	const edits = [diffEdit(await frameEdit(record, model, options.hasUpdate))];
	const rule = redraftRule('redraft', {maxCandidates: 2});
	printLongFile(
		edits[0]!.edit.draft.length,
		await scoreRule(rule, {edits, model, maxDraftTokens: options.maxDraftTokens}),
	);
}

async function main(): Promise<void> {
	const options = readOptions();
	const model = await loadModel(options.model, options.tokenizer);
	const records = readRecords(options.input);
	const framed = await Promise.all(records.map(record => frameEdit(record, model, options.hasUpdate)));
	const edits = framed.map(diffEdit);
	const numHunks = edits.reduce((sum, edit) => sum + edit.numHunks, 0);
	const numTokens = edits.reduce((sum, {edit}) => sum + edit.target.length, 0);
	const form = options.hasUpdate ? 'with update snippet' : 'instruction only';
	console.log(
		`${edits.length} edits, ${numTokens} tokens, ${numHunks} hunks, ${form}, ${options.maxDraftTokens} draft tokens\n`,
	);
	const rules = await scoreAll(edits, model, options.maxDraftTokens);
	printScores(rules);
	if (!options.isQuick) {
		await scoreLongFile(records, model, options);
		printSensitivity(await measureSensitivity(edits, model, options.maxDraftTokens));
	}
	if (options.isJson) {
		console.log(JSON.stringify({rules: Object.fromEntries(rules)}));
	}
}

await main();
