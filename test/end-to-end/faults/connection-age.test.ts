import test from 'ava';
import {answerOf} from '../../helpers/open-edit.ts';
import {tinyEdit} from '../../helpers/tiny-triton.ts';
import {startTwoTritons} from '../../helpers/two-tritons.ts';

const goawayType = 7;

test('edits go on while Triton ends their connections, again and again, for their age', async t => {
	const serverArguments = ['--grpc-max-connection-age=300', '--grpc-max-connection-age-grace=100'];
	const {client, tritons, untilHealed} = await startTwoTritons(t, {}, {first: {serverArguments}});
	const request = tinyEdit(400);
	const expected = await answerOf(client, request);
	let numEnded = 0;
	tritons[0].proxy.onFrame = (_, {type}) => {
		numEnded += type === goawayType ? 1 : 0;
	};
	for (const answer of await Promise.all([1, 2, 3, 4].map(() => answerOf(client, request)))) {
		t.deepEqual(answer, expected);
	}

	t.true(numEnded > 1, `${numEnded} connections were ended`);
	await untilHealed();
});
