// Leads the page to the address that its new chat has got.
import { useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";
import { beforePaint } from "./painting.js";
import { NEW, placeOf } from "./places.js";

// What came with the address is painted first: a browser has much to do with it. A page that has been loaded at another
// address meanwhile is where somebody wants it.
export function NewAddress({ path }) {
  const navigate = useRef();
  navigate.current = useNavigate();
  const place = useRef();
  place.current = placeOf(useLocation().pathname);
  useEffect(() => {
    if (!path) return undefined;
    return beforePaint(() => setTimeout(() => place.current === NEW && navigate.current(path)));
  }, [path]);
  return null;
}
