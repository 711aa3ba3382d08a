import {useState} from 'react';

interface QuantityPickerProps {
	readonly label: string;
	readonly max: number;
	readonly onChange: (quantity: number) => void;
}

export function QuantityPicker({label, max, onChange}: QuantityPickerProps) {
	const [quantity, setQuantity] = useState(1);

	const change = (next: number) => {
		const allowed = Math.min(max, Math.max(1, next));
		setQuantity(allowed);
		onChange(allowed);
	};

	return (
		<fieldset className="quantity-picker">
			<legend>{label}</legend>
			<button type="button" onClick={() => change(quantity - 1)}>
				−
			</button>
			<output>{quantity}</output>
			<button type="button" onClick={() => change(quantity + 1)}>
				+
			</button>
		</fieldset>
	);
}
