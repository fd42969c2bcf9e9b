// Leads the page to the address that its new chat has got.
import { useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";
import { beforePaint } from "./painting.js";

const NEW_CHAT = "/"; // a page that is loaded anew elsewhere meanwhile is where somebody wants it

// What came with the address is painted first: a browser has much to do with it.
export function NewAddress({ path }) {
  const navigate = useRef();
  navigate.current = useNavigate();
  const here = useRef();
  here.current = useLocation().pathname;
  useEffect(() => {
    if (!path) return undefined;
    return beforePaint(() => setTimeout(() => here.current === NEW_CHAT && navigate.current(path)));
  }, [path]);
  return null;
}
