/**
 * What fewer bits cost: exact answers on the evaluation sets, perplexity of code and choices in each number format, and
 * which layers' activations have outliers.
 *   npm run bench:quality -- [--models NAME,NAME] [--input FILE.jsonl] [--count 100] [--minutes 60]
 *     [--code-tokens 8192] [--layer-tokens 3072] [--threads N] [--resume] [--json FILE]
 */
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import {ensureBuiltinModel} from '../../src/embedded/builtin-model.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {stopSignal} from '../../src/stop-signal.ts';
import {type Case, readCases} from '../evaluate/cases.ts';
import {groupBy} from '../evaluate/group-by.ts';
import {thisMachine} from '../machine.ts';
import {writeResult} from '../write-result.ts';
import {measureActivations, measureChoices} from './measure.ts';
import type {ModelQuality} from './model-quality.ts';
import {answerPassage, codePassages, firstTokens, inEqualShares, lengthOf} from './passages.ts';
import {summarizeFormats} from './summary.ts';

const {values} = parseArgs({
	options: {
		models: {type: 'string', default: 'qwen2.5-coder-0.5b-instruct,smollm2-135m-instruct'},
		/** Evaluation sets; `training/README.md` tells how they are made. */
		input: {type: 'string'},
		/** Tasks of each set. */
		count: {type: 'string', default: '100'},
		/** For each model in float32, the slowest; the other formats judge as many passages. */
		minutes: {type: 'string', default: '60'},
		/** Code without a prompt that is judged. */
		'code-tokens': {type: 'string', default: '8192'},
		/** Code that is read with activations of 8 bits. */
		'layer-tokens': {type: 'string', default: '3072'},
		/** Of the CPU, for each model; as the engine chooses where unset. */
		threads: {type: 'string'},
		/** Keep what a run before has found, and go on behind it. */
		resume: {type: 'boolean', default: false},
		json: {type: 'string'},
	},
});

const onProgress = (line: string) => console.error(line);
const {cacheDirectory} = readConfig({});
const signal = stopSignal();

/** The first cases of every set, the sets in turn. */
function casesInTurns(): Case[] {
	const file = values.input ?? join(cacheDirectory, 'training', 'sets.jsonl');
	const sets = [...groupBy(readCases(file), ({set}) => set).values()];
	return Array.from({length: Number(values.count)}, (_, turn) => sets.flatMap(set => set[turn] ?? [])).flat();
}

async function measureModel(python: string, name: string, cases: readonly Case[]): Promise<ModelQuality> {
	const modelDirectory = await ensureBuiltinModel({model: name, python, cacheDirectory, onProgress, signal});
	const model = await loadModel(name, modelDirectory);
	const answers = await Promise.all(cases.map(one => answerPassage(one, model)));
	const fitting = answers.filter(one => lengthOf(one) <= model.contextTokens);
	const code = codePassages(cases, model, Number(values['code-tokens']));
	const passages = [...code, ...inEqualShares(fitting)];
	const folder = join(cacheDirectory, 'bench', 'quality', name);
	const [resumes, minutes] = [values.resume, Number(values.minutes)];
	const {threads} = values;
	const options = {python, model: name, modelDirectory, folder, resumes, minutes, threads, signal};
	const judgements = await measureChoices(passages, options);
	const activations = await measureActivations(firstTokens(code, Number(values['layer-tokens'])), options);
	return {model: name, ...summarizeFormats(passages, judgements), activations};
}

const {python} = await ensurePythonEnvironment({cacheDirectory, onProgress});
const cases = casesInTurns();
const models: ModelQuality[] = [];
for (const name of values.models.split(',')) {
	const quality = await measureModel(python, name, cases);
	models.push(quality);
	console.log(`${name}: exact answers of ${quality.tasks}, and choices beside float32's`);
	console.table(quality.formats);
	console.table(quality.sets.map(({set, tasks, exact}) => ({set, tasks, ...exact})));
	console.table(quality.activations.otherChoiceShares);
}

writeResult(values.json, {machine: thisMachine(), models});
