// What this house is called, at the head of the list and in the title. The server may name itself in the page;
// else it goes by the product's name.

const meta = document.querySelector<HTMLMetaElement>('meta[name="palabre-server-name"]')

export const serverName = meta?.content.trim() || 'Palabre'
