/** Made from the grammar when the window is built or tested. */
declare module "*.grammar" {
  export const parser: import("@lezer/lr").LRParser;
}
