// Mermaid's variables in the colours of the page: surfaces, lines and text are the page's own, and where a diagram tells its
// parts apart by colour it takes them from one circle around the page's accent.

const SURFACES = {
  "--background": "background edgeLabelBackground altSectionBkgColor labelBackgroundColor pieStrokeColor pieOuterStrokeColor relationLabelBackground",
  "--card": "tertiaryColor rowOdd attributeBackgroundColorOdd clusterBkg",
  "--muted": "primaryColor rowEven attributeBackgroundColorEven sectionBkgColor doneTaskBkgColor excludeBkgColor",
  "--accent": "secondaryColor noteBkgColor sectionBkgColor2 activationBkgColor commitLabelBackground",
  "--border": "gridColor",
  "--control-border": "primaryBorderColor noteBorderColor clusterBorder doneTaskBorderColor activationBorderColor archGroupBorderColor",
  "--muted-foreground": "lineColor archEdgeColor archEdgeArrowColor vertLineColor",
  "--foreground":
    "primaryTextColor secondaryTextColor tertiaryTextColor textColor titleColor noteTextColor commitLabelColor scaleLabelColor quadrant2TextFill quadrant3TextFill quadrant4TextFill",
  "--primary": "quadrantPointFill activeTaskBorderColor",
  "--destructive": "critBorderColor todayLineColor",
  "--destructive-soft": "critBkgColor",
};
// Of these kinds Mermaid takes all variables or none.
const XY_TEXTS =
  "titleColor dataLabelColor legendTextColor xAxisTitleColor xAxisLabelColor xAxisTickColor xAxisLineColor yAxisTitleColor yAxisLabelColor yAxisTickColor yAxisLineColor";
const PACKET_TEXTS = "startByteColor endByteColor labelColor titleColor";
const RADAR = { axisLabelFontSize: 12, axisStrokeWidth: 2, curveOpacity: 0.5, curveStrokeWidth: 2, graticuleOpacity: 0.2, graticuleStrokeWidth: 1, legendBoxSize: 12, legendFontSize: 12 };
const ACCENT_HUE = 210;
const PARTS = 12;

// Mermaid reads no modern colours, so the browser turns ours into red, green and blue.
function asHex(colour) {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

const ours = (name) => asHex(getComputedStyle(document.documentElement).getPropertyValue(name).trim());

// Neighbours lie far apart on the circle.
const circle = (lightness, chroma) =>
  Array.from({ length: PARTS }, (_, at) => asHex(`oklch(${lightness} ${chroma} ${(ACCENT_HUE + at * 150) % 360})`));
const named = (name, colours, first = 0) => Object.fromEntries(colours.map((colour, at) => [`${name}${at + first}`, colour]));
const all = (variables, colour) => Object.fromEntries(variables.split(" ").map((variable) => [variable, colour]));
const always = (colour) => Array(PARTS).fill(colour);

// Soft colours lie under text, strong ones are lines and bars and carry text of the page's background.
function parts(isDark) {
  const soft = isDark ? circle(0.38, 0.06) : circle(0.9, 0.05);
  const strong = isDark ? circle(0.74, 0.1) : circle(0.52, 0.1);
  const [text, background, line] = ["--foreground", "--background", "--control-border"].map(ours);
  return {
    ...named("cScale", soft),
    ...named("cScaleLabel", always(text)),
    ...named("cScaleInv", always(line)),
    ...named("cScalePeer", always(line)),
    ...named("pie", soft, 1),
    ...named("fillType", soft),
    ...named("git", strong),
    ...named("gitBranchLabel", always(background)),
    taskBkgColor: soft[0],
    activeTaskBkgColor: soft[1],
    pieOpacity: "1",
    xyChart: { ...all(XY_TEXTS, text), backgroundColor: background, plotColorPalette: strong.join() },
    radar: { ...RADAR, axisColor: line, graticuleColor: line },
    packet: { ...all(PACKET_TEXTS, text), blockFillColor: ours("--muted"), blockStrokeColor: line },
  };
}

export function coloursOfThePage(isDark) {
  const surfaces = Object.entries(SURFACES).flatMap(([name, variables]) => {
    const colour = ours(name);
    return Object.entries(all(variables, colour));
  });
  return { ...Object.fromEntries(surfaces), ...parts(isDark) };
}
