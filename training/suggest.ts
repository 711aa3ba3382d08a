// Answers each line of standard input, {"original", "update"}, by one with the suggestion that a prompt would show, or null.
import {createInterface} from 'node:readline';
import {suggestAnswer} from '../src/edit/suggest-answer.ts';

for await (const line of createInterface({input: process.stdin})) {
	const {original, update} = JSON.parse(line) as {original: string; update: string};
	console.log(JSON.stringify((await suggestAnswer(original, update)) ?? null));
}
