"""How much a word of a name tells, frozen: weights must not move with the data, or every match would.

Made once from the names of 399,203 institutions: hundredths of a bit, -log2 of the share of names that hold the word,
for the 420 commonest words after folding, abbreviations and plurals. A new table is a new `TOKENS` number.
"""

TOKENS = 1  # the version that `Engine.tokens` names

_WEIGHTS = """
fund:317 global:346 investment:350 industry:454 service:463 energy:483 technology:505 holding:512 trust:513
income:518 equity:553 development:573 growth:574 management:577 product:578 engineering:579 solution:579
capital:581 power:601 hotel:601 solar:604 market:606 green:608 group:608 india:619 value:619 partner:623 etf:623
infrastructure:623 medical:625 international:632 logistic:634 bond:637 industrial:637 construction:638 metal:639
trade:647 food:647 system:650 auto:650 offshore:660 portfolio:661 marketing:666 steel:673 opportunity:678
wealth:678 software:681 digital:681 road:682 project:684 beheer:691 us:696 healthcare:696 transport:697 retail:698
center:705 asset:708 shipping:710 storage:710 oil:713 home:714 property:715 sicav:717 co:718 gold:720 security:723
company:723 serie:727 limited:728 fixed:729 master:732 sale:732 agro:735 credit:736 multi:741 sustainable:743
distribution:743 esg:744 building:745 trading:746 electronic:747 gas:747 smart:749 index:751 wind:751 real:753
strategy:753 commercial:754 uk:754 in:755 housing:756 emerging:756 finance:758 high:760 hospitality:762
equipment:763 estate:764 target:765 private:766 data:767 share:770 packaging:770 trustee:771 consulting:774
air:775 quality:776 manufacturing:776 europe:776 travel:777 pension:779 automotive:780 new:782 ucit:783 supply:786
a:787 aviation:790 scheme:797 brand:798 investor:802 car:803 stichting:805 park:806 european:806 street:810
electric:811 network:813 life:813 silver:816 corporate:816 gmbh:818 i:818 control:819 retirement:820 shree:821
stock:822 store:823 sp:824 production:825 en:826 diamond:826 sri:827 venture:828 world:829 alpha:830 state:830
manager:830 cold:830 express:832 small:833 plan:834 renewable:834 ai:836 automation:838 plus:839 owner:840
tool:840 bank:840 ms:841 plc:842 motor:842 collective:843 resource:844 asia:845 euro:846 srl:846 maritime:846
bridge:846 strategic:847 employee:847 factory:848 hedge:848 short:850 grade:850 material:851 entertainment:851
core:852 mining:857 no:857 long:858 select:858 yield:858 platform:859 first:860 business:862 advisor:864 spc:864
north:865 dynamic:865 financial:866 maintenance:867 blackrock:868 blue:868 canada:868 debt:869 diversified:870
lux:870 clean:870 chemical:872 recycling:874 alternative:876 associate:876 china:878 rice:878 american:878
west:879 ltd:879 standard:879 station:880 societa:880 component:881 consumer:881 money:881 petroleum:884 sa:884
dividend:884 return:885 managed:886 enhanced:886 facility:886 raif:887 precision:887 cayman:888 balanced:888
generation:888 port:888 protection:888 inflation:889 usd:890 mid:891 agency:893 warehouse:893 enterprise:893
farm:893 work:893 city:895 fidelity:895 ireland:895 as:895 large:896 allocation:896 cargo:897 star:897 invesco:897
loan:898 shri:898 general:900 machinery:901 institutional:902 iron:903 access:903 part:903 feeder:904 public:904
pool:904 mill:905 benefit:906 mobile:907 space:907 assurance:908 research:910 fond:912 pacific:913 unit:914 x:914
st:916 platinum:916 al:917 association:917 sub:917 s:918 australia:918 mobility:918 es:921 shop:921 active:921
computer:921 term:921 one:922 jewellery:923 future:924 national:924 health:924 geschlossene:925 t:925 aircraft:925
restaurant:925 macro:926 family:927 v:928 class:928 sociedad:929 gp:930 plant:930 care:931 all:931 infra:933
harbor:933 leasing:934 online:935 processing:935 south:935 furniture:936 msci:936 insurance:937 united:937 ex:938
metro:938 transition:938 settlement:939 secondary:940 lending:940 process:940 america:941 rail:942 cloud:942
eur:942 ubs:942 ishare:943 sl:944 foundation:944 east:945 mall:946 shopping:946 segregated:947 airport:948 am:948
usa:948 house:949 garage:949 ml:949 foreign:950 cell:950 ge:950 hydro:951 machine:951 neutral:951 design:951
hedged:951 j:951 liquidazione:952 society:952 promotion:953 reserve:954 innovation:954 utility:955 icav:956
hill:957 sai:957 account:957 sif:958 canadian:958 france:958 club:958 government:959 singapore:960 media:961 c:961
internet:961 total:961 accumulation:962 central:962 point:962 advanced:963 self:963 highway:963 selection:963
container:964 allianz:965 b:965 well:965 snc:966 szolgaltato:966 inc:967 aerospace:967 dr:968 municipal:968
line:969 sas:969 chain:969 amundi:970 japan:970 ab:970 duration:970 it:970 non:970 ev:971 civil:971
consultancy:971 prime:971 union:971 office:972 absolute:972 franklin:972 realty:972 truck:974 at:974 ch:975
special:975 unipersonal:976 k:977 sun:977 balaji:977 m:978 luxembourg:978 transportation:978 mineral:979
mortgage:980 river:980 terminal:980 hi:981 funding:981 risk:981 stone:981 web:981 spv:982 water:982
responsabilita:982 leader:983 kereskedelmi:983 tax:983
"""
TOKEN_WEIGHTS: dict[str, int] = {
    word: int(weight) for word, weight in (entry.rsplit(":", 1) for entry in _WEIGHTS.split())
}
UNLISTED = 1200  # a word that isn't common: half of all words of names are in fewer than one name of 4,000


def token_weight(word: str) -> int:
    """Hundredths of a bit that two names sharing this word weigh."""
    return TOKEN_WEIGHTS.get(word, UNLISTED)
