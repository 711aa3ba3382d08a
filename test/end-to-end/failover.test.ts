import {status} from '@grpc/grpc-js';
import test from 'ava';
import {startTwoTritons} from '../helpers/two-tritons.ts';

const request = {
	original: 'let a = 1;\nlet b = 2;\n'.repeat(10),
	instruction: 'Add them.',
	language: 'javascript',
	// Plain decoding of a random model, which goes on until it is stopped: many steps to disturb.
	options: {speculation: false, maxOutputTokens: 150, includeTokenIds: true},
};

test.serial(
	'with every Triton gone for good the edit is unavailable and tells what was delivered',
	async t => {
		const {client, tritons} = await startTwoTritons(t, {moveWaitMs: 1000});
		let text = '';
		const onDelta = (delta: {text: string}) => {
			text += delta.text;
			for (const {proxy} of text.length > 10 ? tritons : []) {
				proxy.refuse();
			}
		};
		const error = await t.throwsAsync(client.edit(request, {onDelta}));
		t.like(error, {code: status.UNAVAILABLE});
		t.regex(error.message, new RegExp(`${text.length} characters were delivered`));
	},
);
