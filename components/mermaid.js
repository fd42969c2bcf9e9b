// Mermaid, fetched when the first diagram is drawn.
export const mermaid = {
  name: "mermaid",
  type: "diagram",
  language: "mermaid",
  getMermaid(config) {
    const load = async () => {
      const { default: instance } = await import("mermaid");
      const theme = document.documentElement.classList.contains("dark") ? "dark" : "neutral";
      instance.initialize({ startOnLoad: false, securityLevel: "strict", suppressErrorRendering: true, theme, ...config });
      return instance;
    };
    return { initialize() {}, render: async (id, source) => (await load()).render(id, source) };
  },
};
