//! Chinese prose by word frequency: grammar has none of it, statistics have.
//!
//! The most frequent words are those of county news, in about their order; behind them come made-up names. How
//! often a word comes follows its rank (Zipf and Mandelbrot: 1 ÷ (rank + 2.7)), so that a few characters fill half
//! of a text and some thousands come now and then: what a search index and a compressor are tried by.

use satchel_testkit::Dice;

/// Words of county news, the most frequent first.
const WORDS: &str = "的 在 了 和 是 我 不 对 上 等 将 有 中 为 年 月 日 县 一 人 到 与 个 发展 工作 就 要 也 以 大 \
    说 从 被 让 把 群众 记者 建设 村 镇 服务 项目 元谋 元谋县 乡 全县 企业 农业 产业 推进 活动 开展 组织 干部 种植 \
    农民 生产 蔬菜 番茄 增收 乡村 振兴 乡村振兴 进行 目前 通过 加强 管理 提升 学习 学校 学生 基地 实施 提高 部门 工程 \
    技术 万元 亿元 公里 亩 吨 公斤 户 今年 去年 近年来 近日 日前 以来 同时 其中 还 都 更 又 很 能 会 可以 已 正在 他 \
    她 他们 我们 大家 孩子 老人 妇女 青年 党员 党组织 党支部 共产党 支部 书记 县委 县委书记 县长 副县长 负责人 主任 \
    委员会 政府 县政府 人民 人民政府 会议 精神 贯彻 落实 贯彻落实 要求 强调 指出 重点 问题 解决 安全 检查 整改 责任 \
    制度 机制 体系 保障 改善 环境 保护 生态 生态环境 绿色 高质量 高质量发展 现代化 特色 优势 资源 土地 水 水利 灌溉 \
    水库 河流 金沙江 道路 公路 高速公路 铁路 车站 交通 建成 投入 使用 投资 资金 补助 贷款 银行 合作社 公司 龙头企业 \
    农产品 市场 销售 价格 电商 直播 物流 冷链 品牌 订单 葡萄 洋葱 青枣 香蕉 芒果 火龙果 甘蔗 水稻 玉米 烤烟 种子 \
    育种 育苗 大棚 温室 滴灌 施肥 节水 采摘 丰收 收入 就业 培训 创业 务工 工资 脱贫 脱贫攻坚 搬迁 移民 住房 医院 \
    医生 患者 卫生 健康 疫苗 疫情 防控 接种 医保 社保 养老 教育 教师 老师 幼儿园 中学 小学 高考 培养 文化 旅游 \
    景区 游客 土林 元谋人 古人类 遗址 博物馆 非遗 民族 彝族 傣族 傈僳族 团结 民族团结 火把节 节日 春节 中秋 演出 \
    歌舞 比赛 体育 篮球 广场 公园 社区 小区 居民 物业 垃圾 污水 厕所 整治 清理 志愿者 志愿 宣传 法律 法治 公安 \
    民警 派出所 案件 诈骗 反诈 法院 检察院 律师 调解 纠纷 矛盾 信访 网格 网格员 基层 治理 消防 火灾 森林 森林防火 \
    巡查 应急 地震 暴雨 洪水 防汛 抗旱 干旱 气温 高温 天气 光伏 发电 电站 风电 新能源 能源 电力 供电 用电 电网 \
    工业 园区 工业园区 招商 招商引资 签约 开工 竣工 验收 审批 营商环境 数字 智慧 平台 数据 网络 手机 微信 视频 电视 \
    广播 融媒体 融媒体中心 中央 全国 国家 省 云南 云南省 昆明 楚雄 楚雄州 州委 州政府 北京 上海 世界 国际 中国 新时代 \
    思想 主题 主题教育 理论 宣讲 廉洁 纪律 监督 作风 考核 选举 代表 委员 提案 建议 调研 走访 慰问 座谈 讨论 交流 \
    合作 经验 典型 先进 模范 表彰 奖 第一 第二 第三 一年 两年 三年 五年 十年 每天 每年 上午 下午 晚上 清晨 时间 \
    地方 地区 方面 情况 条件 方式 方法 措施 计划 规划 目标 任务 成效 效果 作用 力量 动力 活力 信心 希望 生活 幸福 \
    美丽 美好 平安 和谐 稳定 持续 不断 积极 主动 认真 切实 深入 全面 进一步 有效 有力 扎实 努力 坚持 围绕 聚焦 \
    结合 利用 依托 打造 形成 实现 完成 达到 超过 增长 增加 减少 下降 同比 累计 共有 左右 以上 5G GDP AI \
    2% 2024年 2025年 百分之 党的二十大 习俗 家庭 邻里 母亲 父亲 儿子 女儿 丈夫 妻子 朋友 同学 战士 退役 军人 征兵 \
    英雄 烈士 陵园 清明 端午 国庆 元旦 劳动节 儿童节 教师节 记者节 丰收节 赶集 集市 街道 商店 超市 餐馆 小吃 米线 \
    凉鸡 羊肉 美食 厨师 味道 新鲜 品质 标准 检测 认证 有机 无公害 出口 东南亚 老挝 越南 南亚 口岸 海关 贸易 订货";

/// Characters of personal names, family names first.
const FAMILIES: &str = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜\
    范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文普";
/// Characters of given names and villages.
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华玉梅建国志海波红云燕琴凤春雪峰林辉鹏飞宇浩然子轩雨涵欣怡思佳琪梦婷晓东德贵福祥荣昌永\
    兴安康宁顺达富清泉山河川坝坪湾箐沟塘井寨营屯庄岗岭坡桥渡关口老新上下大小黑白青蓝紫甸罗苴旧班果羊街平田江边物茂凉虎跳滩猛岗凹鲊";

/// How many made-up names follow the words.
const NAMES: usize = 20_000;
/// How many rare characters there are to make some of the names from.
const RARE: usize = 2_400;
/// Mandelbrot's shift of the ranks.
const SHIFT: f64 = 2.7;

/// Writes prose.
#[derive(Debug, Clone)]
pub(super) struct Prose {
    words: Vec<String>,
    /// Up to where the dice of 53 bits may fall for each word.
    bounds: Vec<u64>,
}

impl Prose {
    /// A vocabulary: the words are the same for every seed, the names are not.
    pub(super) fn new(seed: u64) -> Self {
        let mut words: Vec<String> = WORDS.split_whitespace().map(str::to_owned).collect();
        words.extend(names(&mut Dice::new(seed)));
        let mut sum = 0.0;
        let sums: Vec<f64> = (0..words.len())
            .map(|rank| {
                sum += 1.0 / (rank as f64 + SHIFT);
                sum
            })
            .collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^53")]
        let bounds = sums.iter().map(|upto| (upto / sum * (1_u64 << 53) as f64) as u64).collect();
        Self { words, bounds }
    }

    /// One word.
    pub(super) fn word(&self, dice: &mut Dice) -> &str {
        let fallen = dice.bits() >> 11;
        let at = self.bounds.partition_point(|bound| *bound <= fallen);
        &self.words[at.min(self.words.len() - 1)]
    }

    /// A headline of about so many characters.
    pub(super) fn headline(&self, dice: &mut Dice, characters: usize) -> String {
        let mut text = String::new();
        let mut count = 0;
        while count < characters {
            let word = self.word(dice);
            count += word.chars().count();
            text.push_str(word);
            if count == characters / 2 {
                text.push('：');
            }
        }
        text
    }

    /// Words and marks of a text of about so many characters, one by one as they are typed; `"\n"` ends a paragraph.
    pub(super) fn strokes(&self, dice: &mut Dice, characters: usize) -> Vec<&str> {
        let mut strokes = Vec::new();
        let mut count = 0;
        let (mut clause, mut sentence, mut paragraph) = (0, 0, 0);
        while count < characters {
            let word = self.word(dice);
            count += word.chars().count();
            strokes.push(word);
            clause += 1;
            if clause < 3 + dice.below(6) {
                continue;
            }
            clause = 0;
            sentence += 1;
            count += 1;
            if sentence < 2 + dice.below(3) {
                strokes.push(if dice.below(12) == 0 { "、" } else { "，" });
                continue;
            }
            sentence = 0;
            paragraph += 1;
            strokes.push("。");
            if paragraph >= 2 + dice.below(4) && count + 40 < characters {
                paragraph = 0;
                strokes.push("\n");
            }
        }
        strokes
    }

    /// A text of about so many characters: paragraphs by newline.
    pub(super) fn text(&self, dice: &mut Dice, characters: usize) -> String {
        self.strokes(dice, characters).concat()
    }

    /// The words of so many characters, the most frequent first.
    pub(super) fn words_of(&self, characters: usize) -> Vec<&str> {
        self.words.iter().map(String::as_str).filter(|word| word.chars().count() == characters).collect()
    }

    /// A character that stands in few names only.
    pub(super) fn rare(&self) -> char {
        let is_known = |letter: &char| [WORDS, FAMILIES, GIVEN].iter().any(|list| list.contains(*letter));
        self.words.iter().rev().flat_map(|word| word.chars()).find(|letter| !is_known(letter)).unwrap_or('龘')
    }
}

/// Names of people and places: two or three characters, now and then a rare one.
fn names(dice: &mut Dice) -> Vec<String> {
    let (families, given): (Vec<char>, Vec<char>) = (FAMILIES.chars().collect(), GIVEN.chars().collect());
    let mut block: Vec<char> = ('\u{4E00}'..='\u{9FA5}').collect();
    dice.shuffle(&mut block);
    let rare = &block[..RARE];
    (0..NAMES)
        .map(|_| {
            let mut name = String::from(dice.one_of(&families));
            for _ in 0..1 + dice.below(2) {
                let is_rare = dice.below(4) == 0;
                name.push(if is_rare { rare[dice.mostly_small(0, RARE - 1)] } else { dice.one_of(&given) });
            }
            if dice.below(20) == 0 {
                name.truncate(name.chars().next().map_or(0, char::len_utf8));
                name.insert(0, rare[dice.below(RARE)]);
            }
            name
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_text_has_about_the_length_that_was_asked_for() {
        let prose = Prose::new(1);

        let text = prose.text(&mut Dice::new(2), 1_500);

        assert!((1_480..1_560).contains(&text.chars().count()), "{}", text.chars().count());
        assert_eq!(text, Prose::new(1).text(&mut Dice::new(2), 1_500), "the same seeds give the same text");
    }

    #[test]
    fn few_characters_fill_half_of_a_text_and_thousands_come_now_and_then() {
        let text = Prose::new(1).text(&mut Dice::new(2), 200_000);
        let mut counts: HashMap<char, usize> = HashMap::new();
        for letter in text.chars() {
            *counts.entry(letter).or_default() += 1;
        }

        let mut sizes: Vec<usize> = counts.values().copied().collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));

        assert!(sizes.len() > 2_000, "{} different characters", sizes.len());
        let top: usize = sizes[..220].iter().sum();
        assert!(top * 2 > text.chars().count(), "the top 220 fill {top} of {}", text.chars().count());
    }
}
