// A native select whose value is always the page's: outside of the composer's form (the `form` attribute names none), for
// a form that is reset would put it back to its first option. Its last option opens a field for a name that is not listed.
import { useRef, useState } from "react";

const NO_FORM = "no-form";
const ANOTHER = " another"; // no model's key begins with a space

function NameField({ onClose, onName }) {
  const field = useRef(null);
  const use = () => {
    const name = field.current.value.trim();
    if (name) onName(name);
    onClose();
  };
  const press = (event) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter") use();
    else onClose();
  };
  const leave = (event) => event.currentTarget.contains(event.relatedTarget) || onClose();
  return (
    <span className="model-name" onBlur={leave}>
      <input
        aria-label="Name of the model"
        autoCapitalize="off"
        autoComplete="off"
        autoFocus
        data-testid="model-name"
        form={NO_FORM}
        maxLength={200}
        onKeyDown={press}
        placeholder="name or provider/model"
        ref={field}
        spellCheck={false}
        type="text"
      />
      <button className="text-button" onClick={use} type="button">
        Use
      </button>
    </span>
  );
}

export function ModelPicker({ models, onPick, value }) {
  const [isNaming, setNaming] = useState(false);
  const select = useRef(null);
  const known = useRef(models);
  if (models.length > 0) known.current = models; // a server that was started anew asks its providers first
  const isListed = known.current.some(({ key }) => key === value);
  const close = () => {
    setNaming(false);
    select.current.focus();
  };
  return (
    <span className="model-picker-frame">
      <select
        aria-label="Model"
        className="model-picker"
        data-testid="model-picker"
        form={NO_FORM}
        onChange={(event) => (event.target.value === ANOTHER ? setNaming(true) : onPick(event.target.value))}
        ref={select}
        value={value}
      >
        {known.current.map(({ key, label }) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
        {isListed || <option value={value}>{value}</option>}
        <option value={ANOTHER}>Another model…</option>
      </select>
      <svg aria-hidden="true" fill="none" height="14" stroke="currentColor" strokeWidth="1.75" viewBox="0 0 24 24" width="14">
        <path d="m6 9 6 6 6-6" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {isNaming && <NameField onClose={close} onName={onPick} />}
    </span>
  );
}
