import { createRoot } from "react-dom/client";
import "./styles/index.css";
import "./i18n";
import { App, newQueryClient } from "./app/App";
import { followTheme } from "./app/theme";
import { connect } from "./backend/connect";

followTheme();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const backend = await connect();
createRoot(root).render(<App backend={backend} client={newQueryClient()} />);
