// A fragment beside the transcript: as what it is, as code, and compared with the version before.
import { useDeferredValue, useEffect, useId, useRef, useState } from "react";
import {
  ChevronLeft, ChevronRight, Columns2, Download, FileArchive, FileText, List, Pencil, RotateCcw, WrapText, X,
} from "lucide-react";
import { useStickToBottom } from "use-stick-to-bottom";
import { CodeBlock } from "./code_block.jsx";
import { CopyButton } from "./copy_button.jsx";
import { FindInCode } from "./find_in_code.jsx";
import { Changes } from "./fragment_changes.jsx";
import { archiveOf, downloadOf, useContent } from "./fragment_content.js";
import { openFragmentDrafts } from "./fragment_drafts.js";
import { Preview, canPreview } from "./fragment_preview.jsx";
import { late } from "./late.js";

const editor = late(() => import("./fragment_editor.jsx"));

const IconButton = ({ icon: Icon, label, ...attributes }) => (
  <button {...attributes} aria-label={label} className="icon-button" title={label} type="button">
    <Icon aria-hidden="true" size={18} strokeWidth={1.75} />
  </button>
);

const ENDINGS = { interrupted: "stopped", failed: "broken off" };

function Name({ name, onRename }) {
  const [draft, setDraft] = useState(null);
  const opener = useRef(null);
  const isEndedByKey = useRef(false); // who clicked elsewhere is there
  useEffect(() => {
    if (draft === null && isEndedByKey.current) opener.current?.focus();
    isEndedByKey.current = false;
  }, [draft]);
  if (draft === null) {
    return (
      <h2 className="fragment-title">
        <button data-testid="fragment-name" dir="auto" onClick={() => setDraft(name)} ref={opener} title="Rename" type="button">
          {name}
        </button>
      </h2>
    );
  }
  const done = () => {
    setDraft(null);
    if (draft.trim() && draft.trim() !== name) onRename(draft);
  };
  const press = (event) => {
    isEndedByKey.current = event.key === "Enter" || event.key === "Escape";
    if (!isEndedByKey.current) return;
    event.preventDefault(); // it would press what has the focus then
    event.stopPropagation();
    if (event.key === "Enter") done();
    else setDraft(null);
  };
  return (
    <input
      aria-label="Name of the fragment"
      autoFocus
      className="fragment-name-field"
      maxLength={300}
      onBlur={done}
      onChange={(event) => setDraft(event.target.value)}
      onFocus={(event) => event.target.select()}
      onKeyDown={press}
      value={draft}
    />
  );
}

const VIEWS = { preview: "Preview", code: "Code", changes: "Changes" };

function Tabs({ id, kind, onPick, view, views }) {
  const press = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = views[(views.indexOf(view) + by + views.length) % views.length];
    onPick(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <div aria-label="View" className="fragment-tabs" onKeyDown={press} role="tablist">
      {views.map((one) => (
        <button
          aria-controls={`${id}-panel`}
          aria-selected={one === view}
          data-testid={`view-${one}`}
          id={`${id}-${one}`}
          key={one}
          onClick={() => onPick(one)}
          role="tab"
          tabIndex={one === view ? 0 : -1}
          type="button"
        >
          {kind === "python" && one === "preview" ? "Run" : VIEWS[one]}
        </button>
      ))}
    </div>
  );
}

const versionLabel = (version) =>
  [`Version ${version.number}`, version.is_users && "yours", ENDINGS[version.status], version.status === "streaming" && "writing…"].filter(Boolean).join(" · ");

function Versions({ number, onStep, versions }) {
  const at = versions.findIndex((version) => version.number === number);
  const step = (by) => versions[at + by] && onStep(versions[at + by].number);
  return (
    <div aria-label="Versions" className="fragment-versions" data-testid="fragment-versions" role="group">
      <IconButton aria-disabled={at <= 0} icon={ChevronLeft} label="Version before" onClick={() => step(-1)} />
      <select aria-label="Version" data-testid="fragment-version" onChange={(event) => onStep(Number(event.target.value))} value={number}>
        {versions.map((version) => (
          <option key={version.number} value={version.number}>
            {versionLabel(version)}
          </option>
        ))}
      </select>
      <IconButton aria-disabled={at >= versions.length - 1} icon={ChevronRight} label="Version after" onClick={() => step(1)} />
    </div>
  );
}

const Waiting = ({ trouble }) => <p className="fragment-waiting" role="status">{trouble ?? "Loading…"}</p>;

// Follows the end of what is being written, until its reader scrolls up.
function CodeView({ content, language }) {
  const [wraps, setWraps] = useState(false);
  const { contentRef, scrollRef } = useStickToBottom({ initial: content.isWriting && "instant", resize: "instant" });
  const code = useDeferredValue(content.code); // the transcript goes first
  return (
    <div className="fragment-code" data-testid="fragment-code">
      <div className="fragment-bar">
        <FindInCode code={code} root={scrollRef} />
        <IconButton aria-pressed={wraps} icon={WrapText} label="Wrap long lines" onClick={() => setWraps(!wraps)} />
      </div>
      <div className="fragment-scroll" ref={scrollRef}>
        <div ref={contentRef}>
          <CodeBlock code={code} isBare isIncomplete={content.isWriting || code !== content.code} language={language} wraps={wraps} />
        </div>
      </div>
    </div>
  );
}

function ChangesView({ about, content, number, versions }) {
  const others = versions.filter((version) => version.number !== number);
  const before = others.filter((version) => version.number < number).at(-1) ?? others[0];
  const [chosen, setChosen] = useState(0);
  const [isSplit, setSplit] = useState(false);
  const other = others.find((version) => version.number === chosen) ?? before;
  const compared = useContent({ ...about, number: other.number, status: other.status });
  const isForward = other.number < number;
  return (
    <div className="fragment-compare">
      <div className="fragment-bar">
        <label>
          {isForward ? "Since" : "Until"}{" "}
          <select data-testid="compared-version" onChange={(event) => setChosen(Number(event.target.value))} value={other.number}>
            {others.map((version) => (
              <option key={version.number} value={version.number}>
                {versionLabel(version)}
              </option>
            ))}
          </select>
        </label>
        <IconButton aria-pressed={isSplit} icon={Columns2} label="Side by side" onClick={() => setSplit(!isSplit)} />
      </div>
      {compared.code === undefined ? (
        <Waiting trouble={compared.trouble} />
      ) : (
        <Changes
          isSplit={isSplit}
          key={`${number} ${other.number}`}
          newer={isForward ? content.code : compared.code}
          older={isForward ? compared.code : content.code}
        />
      )}
    </div>
  );
}

const drafts = openFragmentDrafts("rivulet.fragment");

function Editing({ content, fragmentId, language, name, number, onCancel, onSave }) {
  const { isMissing, part } = editor.use();
  const [code, setCode] = useState(() => drafts.at(fragmentId, number) ?? content.code);
  const first = useRef(code);
  const change = (text) => {
    drafts.keep(fragmentId, number, text);
    setCode(text);
  };
  const cancel = () => {
    drafts.drop(fragmentId, number);
    onCancel();
  };
  const save = () => (code === content.code ? cancel() : onSave(code));
  return (
    <div className="fragment-editing">
      {part ? (
        <part.Editor code={first.current} language={language} name={name} onChange={change} onSave={save} />
      ) : isMissing ? (
        <textarea aria-label={`Text of ${name}`} className="fragment-textarea" defaultValue={first.current} onChange={(event) => change(event.target.value)} />
      ) : (
        <Waiting />
      )}
      <div className="fragment-bar fragment-editing-bar">
        <span>Saved as a new version, and told to the model with your next message.</span>
        <button className="text-button" onClick={cancel} type="button">
          Cancel
        </button>
        <button className="text-button primary" data-testid="save-fragment" onClick={save} type="button">
          Save
        </button>
      </div>
    </div>
  );
}

function FragmentList({ conversationId, lines, onPick }) {
  if (!lines.length) return <p className="fragment-waiting">This chat has no fragments yet. Any code block becomes one by the button in its header.</p>;
  return (
    <div className="fragment-list">
      <ul>
        {lines.map((line) => (
          <li key={line.id}>
            <button data-testid="fragment-line" onClick={() => onPick(line.id)} type="button">
              <FileText aria-hidden="true" size={16} strokeWidth={1.75} />
              <span className="fragment-line-name" dir="auto">
                {line.name}
              </span>
              <span className="fragment-about">{line.about}</span>
            </button>
          </li>
        ))}
      </ul>
      <a className="text-button" data-testid="download-all" download href={archiveOf(conversationId)}>
        <FileArchive aria-hidden="true" size={14} strokeWidth={1.75} /> Download all
      </a>
    </div>
  );
}

// Models write components also in fences that say JavaScript.
const IS_REACT = /\bfrom\s*["']react["']|\brequire\(\s*["']react["']\s*\)/;
const kindOf = (kind, language, code = "") =>
  kind === "code" && /^(java|type)script$/.test(language) && IS_REACT.test(code.slice(0, 4000)) ? "react" : kind;

export function FragmentBody({ conversationId, fragmentId, isEditing, kind: storedKind, language, lines, name, number, onAsk, onClose, onEdit, onList, onOpen, onRename, onRestore, onSave, onStep, saves, trouble, versions }) {
  const id = useId();
  const [picked, setPicked] = useState("");
  const [edited, setEdited] = useState(() => ({ fragmentId, number: isEditing ? drafts.latest(fragmentId) || number : 0 }));
  const editing = edited.fragmentId === fragmentId ? edited.number : 0; // the number of the version that is edited
  const version = versions.find((one) => one.number === number);
  const about = { conversationId, fragmentId };
  const content = useContent({ ...about, number: fragmentId ? number : 0, status: version?.status });
  const kind = kindOf(storedKind, language, content.code);
  const views = [canPreview(kind) && "preview", "code", versions.length > 1 && "changes"].filter(Boolean);
  const view = views.includes(picked) ? picked : kind === "python" ? "code" : views[0];
  const newest = versions.at(-1)?.number;
  const edit = (version) => {
    setEdited({ fragmentId, number: version });
    onEdit(version !== 0);
  };
  useEffect(() => setEdited((known) => (known.fragmentId === fragmentId ? known : { fragmentId, number: 0 })), [fragmentId]);
  const lastEdited = useRef(edited);
  const told = useRef(saves);
  useEffect(() => {
    const isSaved = saves > told.current; // a server that was started anew counts from the beginning
    told.current = saves;
    if (!isSaved) return;
    drafts.drop(lastEdited.current.fragmentId, lastEdited.current.number);
    setEdited({ fragmentId, number: 0 });
  }, [saves]);
  if (editing) lastEdited.current = edited;
  if (!fragmentId) {
    return (
      <>
        <header className="fragment-head">
          <h2 className="fragment-title">Fragments of this chat</h2>
          <IconButton data-testid="close-fragment" icon={X} label="Close" onClick={onClose} />
        </header>
        <FragmentList conversationId={conversationId} lines={lines} onPick={onOpen} />
      </>
    );
  }
  const shown = () => {
    if (content.code === undefined) return <Waiting trouble={content.trouble} />;
    if (editing === number) {
      return (
        <Editing
          content={content}
          fragmentId={fragmentId}
          key={`${fragmentId} ${number}`}
          language={language}
          name={name}
          number={number}
          onCancel={() => edit(0)}
          onSave={(code) => onSave(code, editing)}
        />
      );
    }
    if (view === "preview") return <Preview code={content.code} isWriting={content.isWriting} key={`${fragmentId} ${number}`} kind={kind} name={name} onAsk={onAsk} />;
    if (view === "changes") return <ChangesView about={about} content={content} number={number} versions={versions} />;
    return <CodeView content={content} key={fragmentId} language={language} />;
  };
  return (
    <>
      <header className="fragment-head">
        <IconButton data-testid="list-fragments" icon={List} label="All fragments of this chat" onClick={onList} />
        <Name key={fragmentId} name={name} onRename={onRename} />
        <IconButton data-testid="close-fragment" icon={X} label="Close" onClick={onClose} />
      </header>
      <div className="fragment-tools">
        <Tabs id={id} kind={kind} onPick={setPicked} view={view} views={views} />
        <Versions number={number} onStep={onStep} versions={versions} />
        <span className="fragment-actions">
          {number !== newest && <IconButton data-testid="restore-fragment" icon={RotateCcw} label="Make this the newest version" onClick={() => onRestore(number)} />}
          {(number === newest || drafts.at(fragmentId, number) !== undefined) && !content.isWriting && content.code !== undefined && (
            <IconButton aria-pressed={editing === number} data-testid="edit-fragment" icon={Pencil} label="Edit" onClick={() => edit(editing === number ? 0 : number)} />
          )}
          <CopyButton className="icon-button" data-testid="copy-fragment" label="Copy it" text={content.code ?? ""} />
          <a aria-label="Download it" className="icon-button" data-testid="download-fragment" download href={downloadOf(conversationId, fragmentId, number)} title="Download it">
            <Download aria-hidden="true" size={18} strokeWidth={1.75} />
          </a>
        </span>
      </div>
      {trouble && (
        <p className="fragment-trouble" role="alert">
          {trouble}
        </p>
      )}
      {version && ENDINGS[version.status] && <p className="fragment-ending">This version was {ENDINGS[version.status]}; what had come is kept.</p>}
      <div aria-labelledby={`${id}-${view}`} className="fragment-view" id={`${id}-panel`} role="tabpanel">
        {shown()}
      </div>
    </>
  );
}
