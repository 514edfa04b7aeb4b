"""The steps of an explanation in words, zh-CN and English."""

from basics.words import DATA_CENTRE
from dispatch.explain import BLUR, Candidate, Facts, Passed, Polygon, Step, rule_of
from dispatch.routing import Route
from geo.datum import from_gcj02

IGNORED = {
    "zero": ("坐标为 0,0,未采用", "the point is 0,0 and not used"),
    "swapped": ("坐标疑似经纬度颠倒,未采用", "longitude and latitude seem swapped, the point is not used"),
    "outside_country": ("坐标不在中国范围内,未采用", "the point is not in China and not used"),
}
PASSED: dict[Passed, tuple[str, str]] = {
    "chosen": ("选中", "chosen"),
    "closed": ("停业", "closed"),
    "not_accepting": ("不接单", "does not accept"),
    "parent": ("其承包区在内,让位", "gives way to its contracted area"),
    "larger": ("范围较大", "larger"),
    "higher_code": ("同样大,编号靠后", "as small, higher code"),
    "same_station": ("同一网点较大的一片", "a larger area of the same station"),
    "": ("", ""),
}
WHY_NO_DISTRICT = {
    "no_district": ("地址只到省或市", "the address names a province or a city only"),
    "no_name": ("地址里没有认得的地名", "the address names no known place"),
    "contradiction": ("地址自相矛盾", "the address contradicts itself"),
    "not_read": ("当时未读地址", "the address was not read then"),
}
WHY_SEVERAL = {
    "several_cities": ("多个城市有这个区县名", "several cities have a district of this name"),
    "split": ("该区县已拆分", "the district was split"),
    "two_addresses": ("写了两个地址", "two addresses in one text"),
    "unknown_code": ("所填代码不在名录中,按地址", "the code is in no list; by the address"),
    "address_elsewhere": ("区县代码已拆分,地址写的是别的区县", "the code was split, the address is of another one"),
}
ODD_CODE = {
    "unknown_code": (",代码不在名录中", ", a code that the lists do not know"),
    "address_elsewhere": (",地址写的是别的区县,以代码为准", ", which counts: the address names another district"),
}


def steps(known: Facts) -> list[Step]:
    """One after the other, the result last. For facts that are not exact: all points of a hundredth of a degree that
    the same areas hold give the same words, without a distance or a name of the customer's address (ROLE-2)."""
    words = _Words(known)
    told = [words.point(), *words.district(), *words.distance(), *words.named_place()]
    return [*told, *words.areas(), *words.stations(), *words.nearest(), *words.result()]


def kilometres(metres: float) -> str:
    """`23.4`, cut to one digit as a person reads it; never `0.0` for something."""
    return f"{max(metres / 1000, 0.1):.1f}"


class _Words:
    def __init__(self, known: Facts) -> None:
        self.known, self.exact = known, known.exact

    def _name(self, code: str) -> str:
        name = self.known.named.get(code, "")
        return f"{name}({code})" if name else code

    def _metres(self, metres: float) -> tuple[str, str]:
        if not self.exact:
            return "", ""  # even whole kilometres to several borders would narrow the point down
        if metres >= 10_000:
            return f" {kilometres(metres)} 公里", f" {kilometres(metres)} km"
        return f" {metres:.0f} 米", f" {metres:.0f} m"

    def _against(self, metres: float, over: bool) -> tuple[str, str]:
        """Metres beside the limit that they exceed or not: never a figure that says the contrary."""
        limit = self.known.limit_km
        if kilometres(metres) != f"{limit:.1f}":
            return self._metres(metres)
        if over and round(metres) <= limit * 1000:
            return f"略多于 {metres:.0f} 米", f"just over {metres:.0f} m"
        return f" {metres:.0f} 米", f" {metres:.0f} m"

    def _degrees(self, lng: float, lat: float) -> str:
        # What was told may be any number: 1e300 must not be written out.
        if self.exact:
            return f"{lng:.8g}, {lat:.8g}" if max(abs(lng), abs(lat)) >= 1000 else f"{lng:.6f}, {lat:.6f}"
        large = max(abs(lng), abs(lat)) >= 1000
        return f"{lng:.3g}, {lat:.3g}" if large else f"{lng:.{BLUR}f}, {lat:.{BLUR}f}"

    def point(self) -> Step:
        told, place = self.known.told, self.known.place
        if told is None:
            return Step("ROUTE-1", "没有坐标", "no point was told")
        said = f"{self._degrees(told.lng, told.lat)} ({told.datum})"
        if place.ignored or place.lng is None or place.lat is None:
            zh, en = IGNORED[place.ignored or "outside_country"]
            return Step("ROUTE-1", f"{zh}:{said}", f"{en}: {said}")
        if not self.exact:
            said = f"{self._degrees(place.lng, place.lat)} (GCJ-02)"  # a second datum's would cut its square smaller
            return Step("ROUTE-1", f"坐标约 {said}", f"point about {said}")
        rest = [datum for datum in ("GCJ-02", "WGS-84", "BD-09") if datum != told.datum]
        also = "; ".join(f"{d} {self._degrees(*from_gcj02(place.lng, place.lat, d))}" for d in rest)
        return Step("ROUTE-1", f"坐标 {said};换算 {also}", f"point {said}; {also}")

    def district(self) -> list[Step]:
        place, told = self.known.place, self.known.adcode_told
        if place.candidates:
            zh, en = WHY_SEVERAL.get(place.why, ("", ""))
            each = "、".join(self._name(code) for code in place.candidates)
            return [Step("ROUTE-2", f"区县不唯一({zh}):{each}", f"several districts ({en}): {each}")]
        if place.adcode is None:
            zh, en = WHY_NO_DISTRICT.get(place.why, ("没有区县代码或可读的地址", "no code and no address to read"))
            return [Step("ROUTE-2", f"区县不明:{zh}", f"no district known: {en}")]
        name = self._name(place.adcode)
        if place.source == "address":
            former = (",用的是旧名", ", under a former name") if place.why == "former" else ("", "")
            if place.why == "unknown_code":
                former = (f",所填代码 {told} 不在名录中", f"; the code {told} is in no list")
            return [Step("ROUTE-1", f"地址写明 {name}{former[0]}", f"the address names {name}{former[1]}")]
        odd = ODD_CODE.get(place.why, ("", ""))
        if told != place.adcode and told:
            zh, en = f"原区县代码 {told},现为 {name}{odd[0]}", f"former code {told}, today {name}{odd[1]}"
            return [Step("ROUTE-1", zh, en)]
        return [Step("ROUTE-1", f"区县代码 {name}{odd[0]}", f"district code {name}{odd[1]}")]

    def distance(self) -> list[Step]:
        """How point and district agree, where district polygons were imported."""
        place, metres = self.known.place, self.known.metres_to_district
        far = place.far if place.far is not None else metres
        if far is None:
            return []
        limit = self.known.limit_km
        others = [code for code in self.known.lies_in if code not in (place.adcode, *place.candidates)]
        lies = "、".join(self._name(code) for code in others)
        zh_in, en_in = (f",位于 {lies}", f", it lies in {lies}") if lies else ("", "")
        if not self.exact:
            return self._roughly(far, lies)
        if far == 0:
            return [Step("ROUTE-2", "坐标在该区县内", "the point lies in that district")]
        zh, en = self._against(far, over=place.far is not None)
        if place.far is None:
            # Polygons that were imported later than the order was routed decided nothing then.
            near = (f"不超过 {limit} 公里", f"within {limit} km")
            zh_said, en_said = near if far <= limit * 1000 else ("当时未作比较", "not compared then")
            said = f"坐标距该区县{zh}{zh_in},{zh_said}"
            return [Step("ROUTE-2", said, f"the point is {en.strip()} from it{en_in}, {en_said}")]
        said = f"坐标距该区县{zh}{zh_in},超过 {limit} 公里,两者矛盾"
        english = f"the point is {en.strip()} from it{en_in}: more than {limit} km, a contradiction"
        return [Step("ROUTE-2", said, english)]

    def _roughly(self, metres: float, lies: str) -> list[Step]:
        """Whether the point was too far from its district, and by its blurred place where it lies."""
        limit = self.known.limit_km
        if self.known.place.far is not None:
            zh_in, en_in = (f",大致位于 {lies}", f", it lies about in {lies}") if lies else ("", "")
            said = f"坐标距该区县超过 {limit} 公里{zh_in},两者矛盾"
            return [Step("ROUTE-2", said, f"the point is more than {limit} km from it{en_in}: a contradiction")]
        if metres > limit * 1000:
            return []
        return [Step("ROUTE-2", f"坐标距该区县不超过 {limit} 公里", f"the point is within {limit} km of it")]

    def named_place(self) -> list[Step]:
        fragment, passed = self.known.route.fragment, self.known.passed_name
        if passed is not None:
            said, english = (passed[0], passed[0]) if self.exact else ("地址中的一处地名", "a place in the address")
            return [
                Step(
                    "ROUTE-1",
                    f"「{said}」划归 {passed[1]},它不接单,略过",
                    f"{english} belongs to {passed[1]}, not accepting",
                )
            ]
        if not fragment:
            return []
        said = f"「{fragment}」" if self.exact else "地址中的一处地名"
        name = self._name(self.known.route.candidates[0])
        english = fragment if self.exact else "a place in the address"
        shut = (",但它停业", ", but it is closed") if self.known.route.cause == "closed" else ("", "")
        rule = "ROUTE-6" if shut[0] else "ROUTE-1"
        zh, en = f"{said}已划归 {name},先于任何范围{shut[0]}", f"{english} belongs to {name}, before any area{shut[1]}"
        return [Step(rule, zh, en)]

    def areas(self) -> list[Step]:
        if not self.known.polygons:
            known = self.known.place.lng is not None
            return [Step("ROUTE-2", "坐标不在任何服务范围内", "the point lies in no service area")] if known else []
        return [self._area(one) for one in self.known.polygons]

    def _area(self, one: Polygon) -> Step:
        kind = ("网点", "station") if one.level == 1 else ("承包区", "contracted area")
        since = one.valid_from
        brought = (f"第 {one.change} 号变更", f"change {one.change}") if one.change else ("原有", "original")
        version = (f",{brought[0]}", f", {brought[1]}")
        version = (f"{version[0]},{since} 起", f"{version[1]}, since {since}") if since else version
        zh, en = self._metres(one.metres_to_border)
        border = (f",距边界{zh}", f",{en} to its border") if self.exact else ("", "")
        passed = PASSED[one.passed]
        size = f"{one.square_km:.{2 if self.exact else 1}f}"
        about = (
            f"在{kind[0]} {one.name}({one.station}) 的范围内:{size} 平方公里{border[0]}{version[0]}",
            f"in the area of {kind[1]} {one.station}: {size} km²{border[1]}{version[1]}",
        )
        verdict = (f" → {passed[0]}", f" → {passed[1]}") if passed[0] else ("", "")
        return Step("ROUTE-6" if one.passed == "closed" else "ROUTE-1", about[0] + verdict[0], about[1] + verdict[1])

    def stations(self) -> list[Step]:
        """Stations of the district; with a usable point they decide nothing, and are shown where nobody is certain."""
        place, cause = self.known.place, self.known.route.cause
        if not (place.adcode or place.candidates):
            return []
        if place.lng is not None and not (cause in ("no_area", "far_from_district") and self.known.serving):
            return []
        if not self.known.serving:
            return [Step("ROUTE-2", "没有网点服务该区县", "no station serves that district")]
        zh = "、".join(f"{one.name}({one.station}){_verdict(one, 0)}" for one in self.known.serving)
        en = ", ".join(f"{one.station}{_verdict(one, 1)}" for one in self.known.serving)
        if place.lng is not None:
            said = f"服务该区县的网点,有坐标时不由它们决定:{zh}"
            return [Step("ROUTE-2", said, f"stations of that district, which decide nothing beside a point: {en}")]
        return [Step("ROUTE-1", f"服务该区县的网点:{zh}", f"stations of that district: {en}")]

    def nearest(self) -> list[Step]:
        if not self.known.nearest:
            return []
        zh = "、".join(f"{one.name}({one.station}){self._metres(one.metres or 0.0)[0]}" for one in self.known.nearest)
        en = ", ".join(f"{one.station}{self._metres(one.metres or 0.0)[1]}" for one in self.known.nearest)
        order = ("", "") if self.exact else ("(由近到远)", ", the nearest first")
        return [Step("ROUTE-2", f"附近其他网点{order[0]}:{zh}", f"other stations near{order[1]}: {en}")]

    def result(self) -> list[Step]:
        """What the data of now make of it is no result where the log says something else."""
        if self.known.decided is None:
            return [self._result(self.known.route, "结果", "result")]
        rehearsed = self._result(self.known.route, "推演结果", "rehearsed with today's data")
        return [rehearsed, self._result(self.known.decided, "当时的决定", "decided then")]

    def _result(self, route: Route, word: str, english: str) -> Step:
        zh, en = _RESULTS[route.cause]
        if route.station == DATA_CENTRE:
            return Step(rule_of(route), f"{word}:数据中心——{zh}", f"{english}: the data centre: {en}")
        return Step(rule_of(route), f"{word}:{self._name(route.station)}——{zh}", f"{english}: {route.station}: {en}")


def _verdict(one: Candidate, language: int) -> str:
    word = PASSED[one.passed][language]
    return f"[{word}]" if word else ""


_RESULTS = {
    "area": ("坐标在它的服务范围内", "its service area holds the point"),
    "district": ("没有可用坐标,只有它服务该区县", "no usable point, and it alone serves the district"),
    "named_place": ("地名已划归它", "the named place belongs to it"),
    "no_area": ("坐标不在任何接单网点的范围内", "no accepting station's area holds the point"),
    "several_stations": ("该区县有多个网点,无法确定", "several stations serve the district"),
    "no_district": ("区县不明,或没有接单的网点", "no district known, or no accepting station in it"),
    "closed": ("应派的网点停业", "the station in question is closed"),
    "prefix": ("单号前缀与渠道不符", "the number's prefix contradicts its channel"),
    "far_from_district": ("坐标远离所填区县", "the point is far from its district"),
    "ambiguous_address": ("地址可指多个区县", "the address may mean several districts"),
}
