/// The style sheet and the script of the dashboard: no build chain, nothing from elsewhere.
enum DashboardAssets {
    static let style = """
        :root{color-scheme:light dark;--bg:#fbfbfa;--fg:#1c2024;--dim:#5c6670;--line:#d9dde1;
        --card:#fff;--accent:#0b5cad;--good:#14692f;--goodbg:#dff3e4;--bad:#9b1c1c;--badbg:#fbe3e3;
        --busy:#7a4b00;--busybg:#fdefd2;--code:#f3f4f5}
        @media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e6e9ec;--dim:#9aa5b0;
        --line:#2e353c;--card:#1b1f24;--accent:#7db7f5;--good:#86d99c;--goodbg:#16361f;--bad:#f5a3a3;
        --badbg:#431b1b;--busy:#f2c879;--busybg:#3d2c0c;--code:#101316}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
        a{color:var(--accent)}
        main:focus{outline:none}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
        .skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:8px}
        header{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;padding:10px 24px;
        border-bottom:1px solid var(--line);background:var(--card)}
        .brand{font-weight:700;text-decoration:none;color:var(--fg);font-size:18px}
        nav{display:flex;gap:16px;flex-wrap:wrap}nav a{text-decoration:none;padding:4px 0}
        nav a[aria-current]{border-bottom:2px solid var(--accent);font-weight:600}
        .out{margin-left:auto;color:var(--dim);font-size:14px}
        main{max-width:1180px;margin:0 auto;padding:16px 24px 64px}
        h1{font-size:24px;margin:12px 0 16px;overflow-wrap:anywhere}h2{font-size:18px;margin:28px 0 8px}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px}
        .card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px}
        .card b{display:block;font-size:26px;line-height:1.2}.card span{color:var(--dim);font-size:14px}
        .wide{overflow-x:auto;margin-top:8px}
        table{border-collapse:collapse;width:100%;background:var(--card);font-size:15px}
        caption{text-align:left;font-weight:600;font-size:18px;padding:24px 0 8px}
        th,td{text-align:left;padding:7px 12px;border-bottom:1px solid var(--line);vertical-align:top;
        overflow-wrap:break-word}
        th{color:var(--dim);font-weight:600;font-size:14px;white-space:nowrap}
        td code{overflow-wrap:anywhere}time{white-space:nowrap}
        .badge{display:inline-block;border-radius:99px;padding:1px 10px;font-size:13px;font-weight:600;
        background:var(--code);white-space:nowrap}
        .good{color:var(--good);background:var(--goodbg)}.bad{color:var(--bad);background:var(--badbg)}
        .busy{color:var(--busy);background:var(--busybg)}
        .badge.plain{color:var(--fg)}
        pre{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:12px;
        overflow:auto;max-height:60vh;font:13px/1.45 ui-monospace,monospace;margin:8px 0}
        .diff{padding:0}.diff span{display:block;padding:0 12px;white-space:pre-wrap;overflow-wrap:anywhere}
        .diff .add{background:var(--goodbg);color:var(--good)}
        .diff .del{background:var(--badbg);color:var(--bad)}
        .diff .file{background:var(--line);font-weight:700}.diff .hunk{color:var(--dim)}
        .diff .finding{background:var(--busybg);color:var(--busy);font-family:system-ui,sans-serif;
        font-size:14px;border-left:4px solid var(--busy);padding:4px 12px}
        ol.time{list-style:none;margin:0;padding:0 0 0 18px;border-left:2px solid var(--line)}
        ol.time li{position:relative;padding:0 0 16px 8px}
        ol.time li::before{content:"";position:absolute;left:-25px;top:8px;width:12px;height:12px;
        border-radius:50%;background:var(--accent)}
        button,input{font:inherit;padding:6px 14px;border-radius:6px;border:1px solid var(--line);
        background:var(--card);color:var(--fg)}
        button{cursor:pointer;min-height:40px}td button{margin:2px 0}button.yes{background:var(--good);color:var(--bg);border-color:var(--good)}
        button.no{background:var(--bad);color:var(--bg);border-color:var(--bad)}
        label{display:block;margin:8px 0 4px}input[type=password]{width:min(640px,100%)}
        .alert{background:var(--badbg);color:var(--bad);padding:8px 14px;border-radius:6px}
        .none,.dim{color:var(--dim)}
        svg.plot{width:100%;height:90px;background:var(--card);border:1px solid var(--line);border-radius:8px}
        svg.plot rect{fill:var(--accent)}
        h3{font-size:15px;margin:14px 0 6px}h3 .dim{font-weight:400;display:block}
        .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 24px}
        .plot polygon{fill:var(--accent);opacity:.16}
        .plot polyline{fill:none;stroke:var(--accent);stroke-width:2;vector-effect:non-scaling-stroke}
        .plot .limit{stroke:var(--bad);stroke-dasharray:5 4;vector-effect:non-scaling-stroke}
        .axis{display:flex;justify-content:space-between;font-size:13px;margin:2px 0 0}
        main>form,details{margin-top:28px}.field{display:flex;flex-wrap:wrap;gap:8px}
        .meter{height:10px;background:var(--line);border-radius:5px;overflow:hidden;min-width:160px}
        .meter svg{display:block;width:100%;height:10px}.meter rect{fill:var(--accent)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:0}dt{color:var(--dim)}
        dd{margin:0;overflow-wrap:anywhere}
        @media (max-width:640px){main{padding:12px}header{padding:10px 12px}nav{gap:4px 16px}
        .out{margin-left:0}dl{gap:4px 12px}
        table,caption,tbody,tr,td{display:block}thead{position:absolute;left:-999px}
        tr{border-bottom:1px solid var(--line);padding:8px 12px}
        td{border:0;padding:2px 0;display:flex;gap:8px}td:empty{display:none}
        td::before{content:attr(data-head);color:var(--dim);flex:0 0 88px;font-size:14px}
        td[data-head=""]::before{display:none}td>*{min-width:0}
        td:has(.meter)>.meter{flex:1;align-self:center}}
        @media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
        """

    /// Makes live what works without it: output as it comes, times as the reader's own.
    static let script = """
        "use strict";
        for (const time of document.querySelectorAll("time")) {
          const date = new Date(time.dateTime);
          if (!isNaN(date)) {
            time.title = time.dateTime;
            time.textContent = "clock" in time.dataset ? date.toLocaleTimeString() : date.toLocaleString();
          }
        }
        const log = document.querySelector("pre[data-events]");
        if (log) {
          const state = document.querySelector("#state");
          const source = new EventSource(log.dataset.events);
          const add = (event) => {
            const payload = JSON.parse(event.data).payload;
            const text = payload.text ?? (payload.base64 ? atob(payload.base64) : "[" + payload.message + "]\\n");
            if (log.dataset.none !== undefined) { log.textContent = ""; delete log.dataset.none; }
            const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
            log.append(text);
            if (atEnd) log.scrollTop = log.scrollHeight;
          };
          source.addEventListener("output", add);
          source.addEventListener("progress", add);
          for (const last of ["ended", "failed", "cancelled"]) {
            source.addEventListener(last, () => { source.close(); state.textContent = last; location.reload(); });
          }
        }
        """
}
