import type {EditInput} from '../edit/edit-messages.ts';
import type {EditRun} from '../edit/edit-run.ts';
import {DiffView} from '../editors/diff-view.ts';
import {element} from '../element.ts';
import {Lane} from './lane.ts';
import {Tabs} from './tabs.ts';

/** The right side: lanes while edits run, then the changes too. */
export class ResultPanel {
	readonly #lanesElement = element('lanes', HTMLElement);
	readonly #verdict = element('verdict', HTMLElement);
	readonly #copy = element('copy', HTMLButtonElement);
	readonly #download = element('download', HTMLButtonElement);
	readonly #diff = new DiffView(element('diff', HTMLElement));
	readonly #tabs = new Tabs(name => name === 'diff' && this.#showDiff());
	#lanes: Lane[] = [];
	#input: EditInput | undefined;
	#isRendering = false;

	constructor() {
		this.#copy.addEventListener('click', () => void navigator.clipboard.writeText(this.#text));
		this.#download.addEventListener('click', () => this.#save());
	}

	/** Shows runs from now on, each in a lane of its own. */
	start(input: EditInput, runs: readonly {readonly title: string; readonly run: EditRun}[]): void {
		for (const lane of this.#lanes) {
			lane.remove();
		}

		this.#input = input;
		this.#verdict.hidden = true;
		this.#setDone(false);
		this.#tabs.select('text');
		const options = {path: input.path, expectedLength: input.original.length + input.update.length};
		this.#lanes = runs.map(({title, run}) => new Lane(run, {title, ...options}));
		this.#lanesElement.replaceChildren(...this.#lanes.map(lane => lane.element));
		this.#renderOnFrames();
	}

	/** The runs have ended. */
	finish(verdict: string): void {
		this.#verdict.textContent = verdict;
		this.#verdict.hidden = false;
		this.#setDone(this.#lanes[0]?.run.state === 'finished');
		requestAnimationFrame(() => {
			for (const lane of this.#lanes) {
				lane.resized();
			}
		});
	}

	recolour(): void {
		for (const lane of this.#lanes) {
			lane.recolour();
		}
	}

	get #text(): string {
		return this.#lanes[0]?.run.text ?? '';
	}

	#renderOnFrames(): void {
		if (this.#isRendering) {
			return;
		}

		this.#isRendering = true;
		const frame = () => {
			const isRunning = this.#lanes.some(({run}) => run.state === 'running');
			for (const lane of this.#lanes) {
				lane.render();
			}

			this.#isRendering = isRunning;
			if (isRunning) {
				requestAnimationFrame(frame);
			}
		};
		requestAnimationFrame(frame);
	}

	#setDone(isDone: boolean): void {
		this.#copy.disabled = !isDone;
		this.#download.disabled = !isDone;
		this.#tabs.enable('diff', isDone);
	}

	#showDiff(): void {
		if (this.#input) {
			this.#diff.show(this.#input.original, this.#text, this.#input.path);
		}
	}

	#save(): void {
		const link = document.createElement('a');
		link.href = URL.createObjectURL(new Blob([this.#text]));
		link.download = this.#input?.path.split('/').at(-1) || 'edited.txt';
		link.click();
		URL.revokeObjectURL(link.href);
	}
}
