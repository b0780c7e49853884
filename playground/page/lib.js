// The one place that knows where Preact comes from, and the few helpers that every module wants.
import { Component, h } from "./vendor/htm-preact-standalone.js";

export {
  h, html, render, Component, createContext, useState, useReducer, useEffect, useLayoutEffect, useRef,
  useMemo, useCallback, useContext,
} from "./vendor/htm-preact-standalone.js";

export const cx = (...names) => names.filter(Boolean).join(" ");

/** Renders again only when a prop is another object: what keeps a channel of hundreds of messages quick. */
export function memo(view) {
  return class Memo extends Component {
    shouldComponentUpdate(next) {
      const now = this.props;
      return Object.keys(next).some((key) => next[key] !== now[key]) || Object.keys(now).some((key) => !(key in next));
    }

    render(props) {
      return h(view, props);
    }
  };
}

let lastId = 0;
/** An id for tying a label to its input; unique in the page, which block ids of two messages are not. */
export const freshId = (prefix) => `${prefix}-${++lastId}`;

export const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
