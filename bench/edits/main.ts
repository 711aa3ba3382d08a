/**
 * Runs real edits through a real Triton with several drafting rules side by side.
 *   npm run bench:edits -- --input FILE… [--edits 12] [--update] [--max-prompt-tokens 1500] [--draft-tokens 256]
 *     [--json FILE]
 */
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import {startEmbeddedModel} from '../../src/embedded/embedded-model.ts';
import {type LoadedModel, loadModel} from '../../src/model/loaded-model.ts';
import type {DraftLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import type {Drafter} from '../../src/speculation/drafter.ts';
import {GoodputPolicy} from '../../src/speculation/goodput-policy.ts';
import {measurePassTimes} from '../../src/speculation/measure-pass-times.ts';
import {PassTimes} from '../../src/speculation/pass-times.ts';
import {TritonClient} from '../../src/triton/triton-client.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {thisMachine} from '../machine.ts';
import {frameEdit, type ReplayEdit, readRecords} from '../replay/load-edits.ts';
import {bestNgram} from '../replay/rules/best-ngram.ts';
import {plain} from '../replay/rules/plain.ts';
import {promptLookup} from '../replay/rules/prompt-lookup.ts';
import {redraftRule} from '../replay/rules/redraft.ts';
import type {NamedRule} from '../replay/rules/rule.ts';
import {sum} from '../sum.ts';
import {writeResult} from '../write-result.ts';
import {RuleDrafter} from './rule-drafter.ts';
import {type RunFigures, runRule} from './run-rule.ts';

const {values} = parseArgs({
	options: {
		input: {type: 'string', multiple: true},
		edits: {type: 'string', default: '12'},
		'max-prompt-tokens': {type: 'string', default: '1500'},
		'draft-tokens': {type: 'string', default: '256'},
		update: {type: 'boolean', default: false},
		json: {type: 'string'},
	},
});

const maxDraftTokens = Number(values['draft-tokens']);
/** Tokens that an answer may have beyond those of the committed file: a small model that loses itself is stopped. */
const spareTokens = 64;

interface RuleUnderTest {
	readonly name: string;
	start(edit: ReplayEdit): Promise<{drafter: Drafter; policy: DraftLengthPolicy}>;
}

const sendAll: DraftLengthPolicy = {choose: drafts => drafts.map(({tokens}) => tokens.length), observe() {}};

async function loadEdits(files: readonly string[], model: LoadedModel): Promise<ReplayEdit[]> {
	const edits = await Promise.all(readRecords(files).map(record => frameEdit(record, model, values.update)));
	return edits
		.filter(({prompt}) => prompt.tokens.length <= Number(values['max-prompt-tokens']))
		.slice(0, Number(values.edits));
}

function underTest(rule: NamedRule, model: LoadedModel): RuleUnderTest {
	return {
		name: rule.name,
		start: async edit => ({
			drafter: new RuleDrafter(await rule.start({edit, maxDraftTokens, model})),
			policy: sendAll,
		}),
	};
}

/** Tokens per second of decoding: the plain run's first pass, which reads the prompt, is taken off every run. */
function report(rules: ReadonlyMap<string, readonly RunFigures[]>): object {
	const plainRuns = rules.get(plain.name)!;
	const promptMs = sum(plainRuns, run => run.firstPassMs);
	const rows = [...rules].map(([name, runs]) => {
		const tokens = sum(runs, run => run.tokens.length);
		const tokensPerSecond = (1000 * tokens) / (sum(runs, run => run.elapsedMs) - promptMs);
		const tokensPerPass = tokens / sum(runs, run => run.passes);
		const draftTokens = sum(runs, run => run.draftTokens);
		const rejectedShare = (draftTokens - sum(runs, run => run.acceptedTokens)) / Math.max(1, draftTokens);
		const isEqual = runs.every((run, i) => String(run.tokens) === String(plainRuns[i]!.tokens));
		return {name, tokensPerPass, tokensPerSecond, rejectedShare, isEqual};
	});
	console.table(
		rows.map(row => ({
			...row,
			tokensPerPass: row.tokensPerPass.toFixed(2),
			tokensPerSecond: row.tokensPerSecond.toFixed(1),
			rejectedShare: row.rejectedShare.toFixed(2),
		})),
	);
	return {edits: plainRuns.length, rules: Object.fromEntries(rows.map(({name, ...row}) => [name, row]))};
}

const supervisor = await startEmbeddedModel({onProgress: line => console.error(line)});
const client = new TritonClient(supervisor.address()!, 64 << 20);
try {
	const {model: name, tritonModel: modelName} = readConfig(process.env);
	const model = await loadModel(name, supervisor.modelDirectory);
	const verifier = new TritonVerifier(client, {modelName, stepTimeoutMs: 600_000, endTimeoutMs: 5000});
	const passTimes = new PassTimes(
		await measurePassTimes(verifier, maxDraftTokens, new AbortController().signal),
	);
	const policy = new GoodputPolicy(passTimes, maxDraftTokens);
	const ours = redraftRule('redraft', {maxCandidates: 2, policy});
	const rules = [plain, promptLookup, bestNgram, ours].map(rule => underTest(rule, model));
	const results = new Map(rules.map(rule => [rule.name, [] as RunFigures[]]));
	for (const edit of await loadEdits(values.input ?? [], model)) {
		console.error(`${edit.path}: ${edit.prompt.tokens.length} prompt tokens`);
		for (const rule of rules) {
			const maxOutputTokens = edit.target.length + spareTokens;
			const options = {verifier, model, prompt: edit.prompt, maxOutputTokens, maxDraftTokens};
			results.get(rule.name)!.push(await runRule({...options, ...(await rule.start(edit))}));
		}
	}

	const summary = report(results);
	writeResult(values.json, {machine: thisMachine(), model: name, ...summary});
} finally {
	client.close();
	await supervisor.stop();
}
