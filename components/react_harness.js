// Runs one file of a React program in a preview. It is read as text and put into the document by `react_document.js`.
(() => {
  const island = document.getElementById("parts");
  const { code, name, sources, trouble } = JSON.parse(island.textContent);
  island.remove();

  const root = document.getElementById("root");
  const modules = {};
  let isShown = false; // by the program itself

  const run = (text, address, module) =>
    (0, eval)(`(function (require, module, exports, process) {${text}\n})\n//# sourceURL=${address}`)(
      load, module, module.exports, { env: { NODE_ENV: "development" } },
    );

  const isStyle = (wanted) => /\.(css|scss|sass|less)$/.test(wanted);

  function load(wanted) {
    if (modules[wanted]) return modules[wanted].exports;
    if (isStyle(wanted)) return {};
    if (/^[./]/.test(wanted)) throw new Error(`“${wanted}” is another file. A preview shows one file alone.`);
    if (!(wanted in sources)) throw new Error(`“${wanted}” is not here. A preview has React, recharts and lucide-react.`);
    const module = (modules[wanted] = { exports: {} });
    run(sources[wanted], wanted, module);
    return module.exports;
  }

  function ownRoots(client) {
    const { createRoot } = client;
    client.createRoot = (...all) => {
      isShown = true;
      return createRoot(...all);
    };
    return createRoot;
  }

  // Programs of before React 19 call this one.
  const oldRender = (client) => (element, place) => client.createRoot(place).render(element);

  function start() {
    if (trouble) throw new SyntaxError(trouble);
    const React = load("react");
    const client = load("react-dom/client");
    const createRoot = ownRoots(client);
    const dom = load("react-dom");
    Object.assign(window, { React, ReactDOM: Object.assign(dom, { createRoot: client.createRoot, render: oldRender(client) }) });
    const module = { exports: {} };
    run(code, name, module);
    const { default: main, App, ...others } = module.exports;
    const whole = typeof module.exports === "function" ? module.exports : undefined;
    const component = whole ?? main ?? App ?? module.found ?? Object.values(others).find((one) => typeof one === "function");
    if (isShown) return;
    if (!component) throw new Error("There is no component to show. One that is exported by default is shown.");
    createRoot(root).render(React.isValidElement(component) ? component : React.createElement(component));
  }

  try {
    start();
  } catch (error) {
    root.textContent = "This component cannot be shown.";
    reportError(error);
  }
})();
