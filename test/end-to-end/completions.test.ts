import {fileURLToPath} from 'node:url';
import test from 'ava';
import OpenAI from 'openai';
import {chatPieces} from '../../src/edit/chat-prompt.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {encodePieces} from '../../src/tokenizer/prompt-encoder.ts';
import {type RealTriton, runOracle, startRealTriton, untilFreed} from '../helpers/real-triton.ts';

const model = 'smollm2-135m-instruct';
const adapter = fileURLToPath(new URL(`../../triton-models/verifier/adapters/${model}`, import.meta.url));
const file = 'DEFAULT_RETRIES = 3\nDEFAULT_TIMEOUT = 30\n\n\ndef retries():\n    return DEFAULT_RETRIES\n';
const messages = [
	{role: 'system', content: 'You edit code. Answer with the complete edited file in one code block.'},
	{
		role: 'user',
		content: `File:\n\n\`\`\`python\n${file}\`\`\`\n\nInstruction: Change \`DEFAULT_RETRIES\` to 5.`,
	},
] as const;
const maxTokens = 120;
let real: RealTriton;
let client: OpenAI;

test.before(async () => {
	real = await startRealTriton(model, {config: {httpListen: '127.0.0.1:0', hasWebPage: false}});
	client = new OpenAI({baseURL: `http://${real.service.httpAddress}/v1`, apiKey: 'none', maxRetries: 0});
});

test.after.always(async () => real?.stop());

async function complete(prediction?: string): Promise<string> {
	const {choices} = await client.chat.completions.create({
		model,
		messages: [...messages],
		max_completion_tokens: maxTokens,
		...(prediction !== undefined && {prediction: {type: 'content', content: prediction}}),
	});
	return choices[0]!.message.content!;
}

/** What Hugging Face transformers generate from the same prompt. */
async function witness(): Promise<string> {
	const {modelDirectory} = real.supervisor;
	const {tokenizer, preset, stopTokens} = await loadModel(model, modelDirectory);
	const prompt = encodePieces(
		tokenizer,
		chatPieces(tokenizer, preset, messages),
		Number.POSITIVE_INFINITY,
	).flat();
	const cases = [{prompt, max_new_tokens: maxTokens}];
	const [ids] = JSON.parse(
		await runOracle('generate.py', [], JSON.stringify({model: modelDirectory, adapter, cases})),
	) as number[][];
	const end = ids!.findIndex(id => stopTokens.has(id));
	return tokenizer.decode(end === -1 ? ids! : ids!.slice(0, end));
}

test.serial("the answer is that of Hugging Face's generate, whatever is predicted", async t => {
	const expected = await witness();
	t.true(expected.length > file.length / 2, expected);
	t.is(await complete(), expected);
	for (const prediction of [file, expected, `\`\`\`\n${file}\`\`\``, 'nothing of the kind\n'.repeat(20)]) {
		t.is(await complete(prediction), expected);
	}
});

test.serial('a client that goes away frees its sequence on Triton', async t => {
	const stream = await client.chat.completions.create({model, messages: [...messages], stream: true});
	for await (const {choices} of stream) {
		if (choices[0]?.delta.content) {
			break;
		}
	}

	stream.controller.abort();
	await untilFreed(t, real);
});
