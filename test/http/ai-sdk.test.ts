import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {generateText, streamText} from 'ai';
import test from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import {serveHttp} from './serve.ts';

const file = 'const a = 1;\nconst b = 2;\n';
const edited = 'const a = 1;\nconst c = 3;\n';
const prompt = 'Rename b to c and make it 3.';
const providerOptions = {redraft: {prediction: {type: 'content', content: file}}};

const modelOf = (baseURL: string) =>
	createOpenAICompatible({name: 'redraft', baseURL, includeUsage: true}).chatModel('smollm2-135m-instruct');

test("Vercel's SDK generates text, with a prediction among the provider's options", async t => {
	const {baseURL} = await serveHttp(t, edited);
	const result = await generateText({model: modelOf(baseURL), prompt, providerOptions, maxRetries: 0});
	t.is(result.text, edited);
	t.is(result.finishReason, 'stop');
	t.true(result.usage.totalTokens! > 0);
	const {acceptedPredictionTokens} = result.providerMetadata!.redraft!;
	t.true((acceptedPredictionTokens as number) > 0);
});

test("Vercel's SDK streams text", async t => {
	const {baseURL} = await serveHttp(t, edited);
	const result = streamText({model: modelOf(baseURL), prompt, providerOptions, maxRetries: 0});
	let text = '';
	for await (const piece of result.textStream) {
		text += piece;
	}

	t.is(text, edited);
	t.is(await result.finishReason, 'stop');
	t.true((await result.usage).totalTokens! > 0);
});

test("Vercel's SDK is told of a stream that breaks off", async t => {
	const failures = new Map([[5, new UnavailableError('the model was lost')]]);
	const {baseURL} = await serveHttp(t, edited, {failures});
	const errors: unknown[] = [];
	const onError = ({error}: {error: unknown}) => void errors.push(error);
	const result = streamText({model: modelOf(baseURL), prompt, maxRetries: 0, onError});
	await result.consumeStream();
	t.is(await result.finishReason, 'error');
	t.is(errors.length, 1);
});
