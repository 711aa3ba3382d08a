import {adviseOn} from './edit/edit-failure.ts';
import type {EditInput} from './edit/edit-messages.ts';
import {EditRun} from './edit/edit-run.ts';
import {element} from './element.ts';
import {examples} from './examples.ts';
import {InputForm} from './input-form.ts';
import {showModel} from './model-badge.ts';
import {ProblemView} from './problem-view.ts';
import {ResultPanel} from './result/result-panel.ts';
import {raceVerdictOf, verdictOf} from './result/verdict.ts';
import {linkedEdit, linkTo} from './share-link.ts';
import {setUpTheme} from './theme.ts';

const problem = new ProblemView();
const form = new InputForm((title, action) => problem.show({title, action, detail: ''}));
const result = new ResultPanel();
const buttons = {
	run: element('run', HTMLButtonElement),
	race: element('race', HTMLButtonElement),
	cancel: element('cancel', HTMLButtonElement),
};
let running: AbortController | undefined;

async function run(isRace: boolean): Promise<void> {
	if (running) {
		return;
	}

	running = new AbortController();
	const {input} = form;
	const drafted = new EditRun();
	const plain = isRace ? new EditRun() : undefined;
	setRunning(true);
	say('The edit is running.');
	scrollToResult();
	result.start(input, [
		{title: isRace ? 'With drafts' : 'Edit', run: drafted},
		...(plain ? [{title: 'Plain decoding', run: plain}] : []),
	]);
	try {
		await Promise.all([
			follow(drafted, input, {speculation: true, signal: running.signal}),
			plain && follow(plain, input, {speculation: false, signal: running.signal}),
		]);
	} finally {
		running = undefined;
		setRunning(false);
		const verdict = plain
			? raceVerdictOf(drafted, plain, input.original)
			: verdictOf(drafted, input.original);
		result.finish(verdict);
		say(verdict);
	}
}

/** Runs an edit to its end; a failure is shown, with what to do about it. */
async function follow(
	edit: EditRun,
	input: EditInput,
	options: {readonly speculation: boolean; readonly signal: AbortSignal},
): Promise<void> {
	try {
		await edit.follow(input, {...options, apiKey: form.apiKey});
	} catch (error) {
		const advice = adviseOn(error, edit.text !== '');
		problem.show(advice);
		if (advice.needsKey) {
			form.askForKey();
		}
	}
}

function setRunning(isRunning: boolean): void {
	// A button that vanishes would lose the focus to the page's top.
	const hadFocus = document.activeElement instanceof HTMLButtonElement;
	buttons.run.hidden = isRunning;
	buttons.race.hidden = isRunning;
	buttons.cancel.hidden = !isRunning;
	document.body.classList.toggle('is-running', isRunning);
	if (isRunning) {
		problem.hide();
	}

	if (hadFocus && document.activeElement === document.body) {
		(isRunning ? buttons.cancel : buttons.run).focus();
	}
}

/** On a narrow screen the result lies below what can be seen. */
function scrollToResult(): void {
	const section = element('result', HTMLElement);
	if (section.getBoundingClientRect().top > 0.6 * window.innerHeight) {
		const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
		section.scrollIntoView({behavior: isCalm ? 'auto' : 'smooth'});
	}
}

function say(text: string): void {
	element('status', HTMLElement).textContent = text;
}

function addListeners(): void {
	buttons.run.addEventListener('click', () => void run(false));
	buttons.race.addEventListener('click', () => void run(true));
	buttons.cancel.addEventListener('click', () => running?.abort());
	element('key-field', HTMLFormElement).addEventListener('submit', event => {
		event.preventDefault();
		void run(false);
	});
	document.addEventListener(
		'keydown',
		event => {
			if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
				event.preventDefault();
				void run(event.shiftKey);
			} else if (event.key === 'Escape') {
				running?.abort();
			}
		},
		{capture: true},
	);
	element('share', HTMLButtonElement).addEventListener('click', async () => {
		const link = await linkTo(form.input);
		await navigator.clipboard?.writeText(link);
		history.replaceState(null, '', link);
		say('The link is copied.');
	});
}

addListeners();
setUpTheme(element('theme', HTMLButtonElement), () => result.recolour());
void showModel();
form.show((await linkedEdit()) ?? examples[0]!);
