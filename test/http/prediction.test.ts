import test from 'ava';
import {serveHttp} from './serve.ts';

const file = `${Array.from({length: 20}, (_, index) => `export const value${index} = ${index * 7};`).join('\n')}\n`;
const edited = file.replace('value7 =', 'seven =');
const fenced = (text: string) => `\`\`\`ts\n${text}\`\`\``;
const prose = (text: string) => `Here is the file:\n\n${fenced(text)}\n\nThat is all.`;
const body = {model: 'smollm2-135m-instruct', messages: [{role: 'user', content: 'Rename value7.'}]};

const framings = {bare: (text: string) => text, fenced, 'told about': prose};

for (const [predicted, framePrediction] of Object.entries(framings)) {
	for (const [answered, frameAnswer] of Object.entries(framings)) {
		test(`a prediction that is ${predicted} is found in an answer that is ${answered}`, async t => {
			const answer = frameAnswer(edited);
			const {complete, verifier} = await serveHttp(t, answer);
			const prediction = {type: 'content', content: framePrediction(file)};
			const {choices, usage} = await complete({...body, prediction});
			t.is(choices[0]!.message.content, answer);
			const details = usage!.completion_tokens_details!;
			const share = details.accepted_prediction_tokens! / file.length;
			t.true(share > 0.8, `${share} of the file accepted in ${verifier.passes} passes`);
		});
	}
}

test('without a prediction the code blocks of the messages are drafted from', async t => {
	const {complete, verifier} = await serveHttp(t, edited);
	const content = `Rename value7.\n\n${fenced(file)}`;
	const {choices, usage} = await complete({...body, messages: [{role: 'user', content}]});
	t.is(choices[0]!.message.content, edited);
	t.true(verifier.passes < edited.length / 10, `${verifier.passes} passes`);
	t.like(usage!.completion_tokens_details, {accepted_prediction_tokens: 0, rejected_prediction_tokens: 0});
});

test('a block with markers updates the one without', async t => {
	const {complete, verifier} = await serveHttp(t, edited);
	const update =
		'// ... existing code ...\nexport const value6 = 42;\nexport const seven = 49;\n// ... existing code ...\n';
	const content = `Apply the update.\n\n${fenced(file)}\n\n${fenced(update)}`;
	await complete({...body, messages: [{role: 'user', content}]});
	const withUpdate = verifier.passes;
	await complete({...body, messages: [{role: 'user', content: `Apply the update.\n\n${fenced(file)}`}]});
	t.true(withUpdate < verifier.passes - withUpdate);
});

test('a prediction that has nothing to do with the answer changes nothing of it', async t => {
	const {complete} = await serveHttp(t, edited);
	const prediction = {type: 'content', content: 'lorem ipsum\n'.repeat(50)};
	const {choices, usage} = await complete({...body, prediction});
	t.is(choices[0]!.message.content, edited);
	t.true(usage!.completion_tokens_details!.rejected_prediction_tokens! > 500);
});
