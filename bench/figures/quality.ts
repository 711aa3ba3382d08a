import type {ModelQuality} from '../quality/model-quality.ts';
import {quantile} from '../quantile.ts';
import {markdownTable, number, percent} from './markdown.ts';
import type {QualityResult} from './results.ts';

/** What the README says about the number formats' quality. */
export function qualityText({models}: QualityResult): string {
	const head = [
		'',
		'exact answers',
		'of these, wrong in float32',
		'right in float32 alone',
		"float32's choice, in answers",
		'in code',
		'perplexity of code',
	];
	return [
		'**Quality by number format**: answers of the evaluation sets that greedy decoding writes to the last token, and choices at single tokens, those before them given. Code is that of the same files without a request; neither was trained on. Command: `npm run bench:quality`.',
		markdownTable([head, ...models.flatMap(formatRows)]),
		`Judged were ${models.map(judgedText).join('; ')}.`,
		'What the layers read: its largest magnitude beside its root mean square (of the median token; the median and the highest of the layers), and how often integer weights choose another token of code than float32 does, if that is read in 8 bits instead of the 15 that Redraft takes.',
		markdownTable([
			['', 'read by', 'peak', 'highest, in layer', 'other choices'],
			...models.flatMap(activationRows),
		]),
	].join('\n\n');
}

function formatRows({model, tasks, formats}: ModelQuality): string[][] {
	return formats.map(({dtype, exact, gained, lost, sameInAnswers, sameInCode, perplexityOfCode}) => [
		`\`${model}\` ${dtype}`,
		`${exact} of ${tasks}`,
		String(gained),
		String(lost),
		...[sameInAnswers, sameInCode].map(percent),
		perplexityOfCode.toFixed(3),
	]);
}

function judgedText({model, answerTokens, codeTokens, sets}: ModelQuality): string {
	const tasks = sets.map(({set, tasks}) => `"${set}" ${tasks}`).join(', ');
	return `with \`${model}\` ${number(answerTokens)} tokens of answers (tasks by set: ${tasks}) and ${number(codeTokens)} of code`;
}

function activationRows({model, activations}: ModelQuality): string[][] {
	const {medianCrests, otherChoiceShares} = activations;
	const kinds = Object.entries(medianCrests).map(([kind, crests]) => {
		const highest = Math.max(...crests);
		const place = crests.length === 1 ? '' : `${number(highest)}, ${crests.indexOf(highest) + 1}`;
		return [`\`${kind}\``, number(quantile(crests, 0.5)), place, otherChoiceShares[kind]] as const;
	});
	const none = ['none of them', '', '', otherChoiceShares.none] as const;
	const all = ['all of them', '', '', otherChoiceShares.all] as const;
	return [...kinds, none, all].map(([kind, peak, place, share = Number.NaN]) => [
		`\`${model}\``,
		kind,
		peak,
		place,
		percent(share),
	]);
}
