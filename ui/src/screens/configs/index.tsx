import { Redirect, Route, Switch } from "wouter";
import { ConfigList } from "./ConfigList";
import { ConfigPage } from "./ConfigPage";
import "./configs.css";
import { NewConfig } from "./NewConfig";

export default function Configs() {
  return (
    <Switch>
      <Route path="/configs" component={ConfigList} />
      <Route path="/configs/_new">
        <NewConfig />
      </Route>
      <Route path="/configs/_new/:copyOf">{({ copyOf }) => <NewConfig copyOf={copyOf} />}</Route>
      <Route path="/configs/:slug/form">
        {({ slug }) => <ConfigPage key={slug} slug={slug} tab="form" />}
      </Route>
      <Route path="/configs/:slug/source">
        {({ slug }) => <ConfigPage key={slug} slug={slug} tab="source" />}
      </Route>
      <Route path="/configs/:slug/versions">
        {({ slug }) => <ConfigPage key={slug} slug={slug} tab="versions" />}
      </Route>
      <Route path="/configs/:slug/versions/:from/:to">
        {({ slug, from, to }) => (
          <ConfigPage key={slug} slug={slug} tab="versions" from={from} to={to} />
        )}
      </Route>
      <Route path="/configs/:slug">
        {({ slug }) => <Redirect to={`/configs/${slug}/form`} replace />}
      </Route>
    </Switch>
  );
}
